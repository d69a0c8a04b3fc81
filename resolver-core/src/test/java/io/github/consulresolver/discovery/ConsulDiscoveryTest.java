package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@WithConsul
class ConsulDiscoveryTest {
    private final ConsulAgent agent;
    private final ServiceResolver consul;

    ConsulDiscoveryTest(ConsulAgent agent) {
        this.agent = agent;
        consul = ServiceResolver.builder().agents(text(agent.dnsAddress())).build();
    }

    @AfterEach
    void close() {
        consul.close();
    }

    @Test
    void instances_have_the_address_port_and_weight_that_they_were_registered_with() {
        agent.register(
                Instance.of("orders", "10.1.0.1", 8081).weights(10, 1),
                Instance.of("orders", "10.1.0.2", 8082).weights(3, 1),
                Instance.of("orders", "fd00::3", 8083));

        assertThat(consul.resolve("orders").instances())
                .allMatch(instance -> instance.service().equals("orders"))
                .extracting(
                        instance -> instance.address().getHostAddress(),
                        ServiceInstance::port,
                        ServiceInstance::priority,
                        ServiceInstance::weight)
                .containsExactlyInAnyOrder(
                        tuple("10.1.0.1", 8081, 1, 10),
                        tuple("10.1.0.2", 8082, 1, 3),
                        tuple("fd00:0:0:0:0:0:0:3", 8083, 1, 1));
    }

    @Test
    void the_host_is_the_name_that_consul_gives_the_instance() {
        agent.register(
                Instance.of("hosted", "10.2.0.1", 80),
                Instance.of("hosted", "", 80).on("node-of-its-own", "10.2.0.2"));

        assertThat(consul.resolve("hosted").instances())
                .extracting(ServiceInstance::host)
                .containsExactlyInAnyOrder("0a020001.addr.dc1.consul", "node-of-its-own.node.dc1.consul");
    }

    @Test
    void a_big_service_is_complete() {
        List<Instance> instances = Instance.many("big", 300);
        agent.register(instances);

        assertThat(consul.resolve("big").instances())
                .extracting(instance -> instance.address().getHostAddress())
                .containsExactlyInAnyOrderElementsOf(
                        instances.stream().map(Instance::address).toList());
    }

    @Test
    void a_tag_chooses_among_the_instances() {
        agent.register(
                Instance.of("db", "10.3.0.1", 5432).tags("primary", "v1.2"),
                Instance.of("db", "10.3.0.2", 5432).tags("replica"));

        ServiceName db = ServiceName.of("db");
        assertThat(consul.resolve(db.tag("primary")).pick().address().getHostAddress())
                .isEqualTo("10.3.0.1");
        assertThat(consul.resolve(db.tag("v1.2")).instances()).hasSize(1);
        assertThat(consul.resolve(db.tag("none")).isEmpty()).isTrue();
    }

    @Test
    void a_datacenter_is_asked_for_its_own_instances() {
        agent.register(Instance.of("local", "10.4.0.1", 80));

        ServiceName local = ServiceName.of("local");
        assertThat(consul.resolve(local.datacenter("dc1")).instances()).hasSize(1);
        assertThat(consul.resolve(local.datacenter("elsewhere")).isEmpty()).isTrue();
    }

    @Test
    void a_service_that_nobody_registered_is_empty() {
        assertThat(consul.resolve("nobody").isEmpty()).isTrue();
    }

    @Test
    void a_service_is_found_whatever_characters_a_name_lets_through() {
        String odd = "a/b+c:d*e$f=g~h!i#j%k&l<m>n?o[p]q^r`s{t|u}v,w";
        agent.register(Instance.of(odd, "10.5.0.1", 80).id("odd").on("odd-node", "10.5.0.1"));

        assertThat(consul.resolve(odd).instances()).hasSize(1);
    }

    @Test
    void when_an_agent_is_gone_the_next_one_is_asked() {
        agent.register(Instance.of("lasting", "10.6.0.1", 80));
        CountingProxy first = CountingProxy.inFrontOf(agent.dnsAddress());
        try (first;
                ServiceResolver resolver = ServiceResolver.builder()
                        .agents(text(first.address()), text(agent.dnsAddress()))
                        .build()) {
            assertThat(resolver.resolve("lasting").instances()).hasSize(1);
            assertThat(first.queries()).isEqualTo(1);

            first.close();
            assertThat(resolver.resolve("lasting").instances()).hasSize(1);
        }
    }

    @Test
    void when_all_agents_are_gone_the_failure_names_them() {
        CountingProxy proxy = CountingProxy.inFrontOf(agent.dnsAddress());
        String other = text(proxy.address());
        proxy.close();
        agent.kill();
        try (ServiceResolver resolver = ServiceResolver.builder()
                .agents(other, text(agent.dnsAddress()))
                .build()) {
            assertThatExceptionOfType(ResolutionException.NoAgent.class)
                    .isThrownBy(() -> resolver.resolve("orders"))
                    .withMessageContaining(other)
                    .withMessageContaining(text(agent.dnsAddress()));
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
