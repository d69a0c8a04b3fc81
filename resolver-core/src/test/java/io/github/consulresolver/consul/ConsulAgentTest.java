package io.github.consulresolver.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

@WithConsul(config = """
        {"dns_config": {"service_ttl": {"patient": "17s"}}}
        """)
class ConsulAgentTest {

    private final ConsulAgent agent;
    private final DnsClient dns;

    ConsulAgentTest(ConsulAgent agent) {
        this.agent = agent;
        dns = DnsClient.of(agent.dnsAddress());
    }

    @Test
    void a_big_service_is_complete_over_tcp_and_three_instances_over_udp() throws IOException {
        List<Instance> instances = Instance.many("big", 300);
        agent.register(instances);

        assertThat(addresses(Protocol.TCP, "big"))
                .containsExactlyInAnyOrderElementsOf(
                        instances.stream().map(Instance::address).toList());
        assertThat(addresses(Protocol.UDP, "big")).hasSize(3);
    }

    @Test
    void an_instance_is_in_the_answers_from_registration_to_deregistration() throws IOException {
        Instance own = Instance.of("brief", "10.1.0.1", 80);
        Instance other = Instance.of("brief", "10.1.0.2", 80).on("brief-node", "10.1.0.2");

        agent.register(own, other);
        assertThat(addresses(Protocol.UDP, "brief")).containsExactlyInAnyOrder("10.1.0.1", "10.1.0.2");

        agent.deregister(own);
        assertThat(addresses(Protocol.UDP, "brief")).containsExactly("10.1.0.2");

        agent.deregister(other);
        assertThat(service(Protocol.UDP, "brief", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void a_critical_instance_is_left_out_until_it_passes() throws IOException {
        Instance own = Instance.of("frail", "10.2.0.1", 80);
        Instance other = Instance.of("frail", "10.2.0.2", 80).on("frail-node", "10.2.0.2");
        agent.register(own, other);

        agent.setStatus(own, Status.CRITICAL);
        assertThat(addresses(Protocol.UDP, "frail")).containsExactly("10.2.0.2");

        agent.setStatus(own, Status.PASSING);
        agent.setStatus(other, Status.CRITICAL);
        assertThat(addresses(Protocol.UDP, "frail")).containsExactly("10.2.0.1");
    }

    @Test
    void port_tag_and_weight_of_an_instance_are_those_that_were_registered() throws IOException {
        agent.register(Instance.of("exact", "10.3.0.1", 8443).tags("blue").weights(7, 2));

        Message answer = dns.ask(Protocol.UDP, DnsClient.question("blue.exact.service.consul.", Type.SRV));

        assertThat(answer.getSection(Section.ANSWER)).singleElement().isInstanceOfSatisfying(SRVRecord.class, srv -> {
            assertThat(srv.getPort()).isEqualTo(8443);
            assertThat(srv.getWeight()).isEqualTo(7);
        });
    }

    @Test
    void the_configuration_of_the_class_reaches_the_agent() throws IOException {
        agent.register(Instance.of("patient", "10.4.0.1", 80));

        assertThat(service(Protocol.UDP, "patient", Type.A).getSection(Section.ANSWER))
                .singleElement()
                .extracting(Record::getTTL)
                .isEqualTo(17L);
    }

    @Test
    void a_paused_agent_is_silent_until_it_is_resumed() throws IOException {
        agent.pause();
        DnsClient impatient = new DnsClient(agent.dnsAddress(), Duration.ofMillis(100));
        assertThatThrownBy(() -> impatient.ask(Protocol.UDP, DnsClient.question("consul.service.consul.", Type.A)))
                .isInstanceOf(SocketTimeoutException.class);

        agent.resume();
        assertThat(addresses(Protocol.UDP, "consul")).containsExactly("127.0.0.1");
    }

    @Test
    void a_killed_agent_comes_back_on_its_ports_with_its_data() throws IOException {
        agent.register(Instance.of("lasting", "10.5.0.1", 80).on("lasting-node", "10.5.0.1"));

        agent.kill();
        assertThatThrownBy(() -> addresses(Protocol.TCP, "lasting")).isInstanceOf(IOException.class);

        agent.restart();
        assertThat(addresses(Protocol.TCP, "lasting")).containsExactly("10.5.0.1");
    }

    @Test
    void an_agent_that_a_test_left_paused_or_killed_recovers_for_the_next() throws IOException {
        agent.pause();
        agent.recover();
        assertThat(addresses(Protocol.UDP, "consul")).containsExactly("127.0.0.1");

        agent.pause();
        agent.kill();
        agent.recover();
        assertThat(addresses(Protocol.UDP, "consul")).containsExactly("127.0.0.1");
    }

    @Test
    void what_the_agent_refuses_is_an_exception_with_its_words() {
        assertThatThrownBy(() -> agent.put("/v1/agent/service/register", "{\"Name\": \"\"}"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("400");
    }

    @Test
    void an_agent_that_cannot_start_shows_its_log(Consul consul) {
        assertThatThrownBy(() -> ConsulAgent.start(consul, "{\"no_such_key\": 1}"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no_such_key");
    }

    @Test
    void a_proxy_counts_what_reaches_the_agent() throws IOException {
        try (CountingProxy proxy = CountingProxy.inFrontOf(agent.dnsAddress())) {
            DnsClient throughProxy = DnsClient.of(proxy.address());
            Message question = DnsClient.question("consul.service.consul.", Type.A);

            Message overUdp = throughProxy.ask(Protocol.UDP, question);
            Message overTcp = throughProxy.ask(Protocol.TCP, question);

            assertThat(overUdp.getSection(Section.ANSWER)).hasSize(1).isEqualTo(overTcp.getSection(Section.ANSWER));
            assertThat(proxy.queries(Protocol.UDP)).isEqualTo(1);
            assertThat(proxy.queries(Protocol.TCP)).isEqualTo(1);
        }
    }

    private List<String> addresses(Protocol protocol, String service) throws IOException {
        return service(protocol, service, Type.A).getSection(Section.ANSWER).stream()
                .map(answer -> ((ARecord) answer).getAddress().getHostAddress())
                .toList();
    }

    private Message service(Protocol protocol, String name, int type) throws IOException {
        return dns.ask(protocol, DnsClient.question(name + ".service.consul.", type));
    }
}
