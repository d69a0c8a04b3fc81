package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real agent understands each form of a name as it is meant. */
@WithConsul
class ConsulNamesTest {
    private final ConsulAgent agent;
    private final ServiceResolver consul;

    ConsulNamesTest(ConsulAgent agent) {
        this.agent = agent;
        consul = ServiceResolver.builder()
                .agents(agent.dnsAddress().getAddress().getHostAddress() + ":"
                        + agent.dnsAddress().getPort())
                .build();
    }

    @BeforeEach
    void register() {
        agent.register(
                Instance.of("_shop", "10.7.0.1", 8081).tags("v1"),
                Instance.of("shop", "10.7.0.2", 8082).tags("v1", "db-0.primary"),
                Instance.of("shop", "10.7.0.3", 8083));
    }

    @AfterEach
    void close() {
        consul.close();
    }

    @Test
    void the_form_of_rfc_2782_finds_the_same_instances() {
        ServiceName shop = ServiceName.of("shop").rfc2782();

        assertThat(consul.resolve(shop).instances())
                .containsExactlyInAnyOrderElementsOf(consul.resolve("shop").instances())
                .hasSize(2);
        assertThat(ports(shop.tag("v1"))).containsExactly(8082);
        assertThat(ports(ServiceName.of("_shop").rfc2782().tag("v1"))).containsExactly(8081);
    }

    @Test
    void what_was_parsed_is_found() {
        assertThat(ports(ServiceName.parse("db-0.primary.shop.service.dc1.consul")))
                .containsExactly(8082);
        assertThat(ports(ServiceName.parse("_shop._v1.dc1.consul"))).containsExactly(8082);
        assertThat(ports(ServiceName.parse("v1._shop.service.consul"))).containsExactly(8081);
    }

    @Test
    void a_full_name_is_asked_for_as_it_is() {
        assertThat(ports(ServiceName.fqdn("v1.shop.service.consul"))).containsExactly(8082);
    }

    @Test
    void a_prepared_query_is_found_by_its_name_with_dots() {
        if (agent.get("/v1/query").equals("[]")) {
            agent.post("/v1/query", """
                    {"Name": "nearest.shop", "Service": {"Service": "shop", "Tags": ["v1"]}}
                    """);
        }

        assertThat(ports(ServiceName.query("nearest.shop"))).containsExactly(8082);
        assertThat(ports(ServiceName.query("nearest.shop").datacenter("dc1"))).containsExactly(8082);
    }

    @Test
    void the_mesh_is_reached_through_the_proxies() {
        agent.put("/v1/catalog/register", """
                {"Node": "mesh", "Address": "10.7.1.1", "Service": {"Service": "shop-sidecar-proxy", "Address": "10.7.1.1", "Port": 21000,
                 "Kind": "connect-proxy", "Proxy": {"DestinationServiceName": "shop"}}}
                """);

        assertThat(ports(ServiceName.connect("shop"))).containsExactly(21_000);
    }

    private Iterable<Integer> ports(ServiceName name) {
        return consul.resolve(name).instances().stream()
                .map(ServiceInstance::port)
                .toList();
    }
}
