package io.github.consulresolver.devagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class DevAgentTest {
    @Test
    void it_binds_free_ports_of_the_loopback_address() {
        try (DevAgent agent = DevAgent.start()) {
            assertThat(agent.dnsAddress().getAddress().isLoopbackAddress()).isTrue();
            assertThat(agent.dnsAddress().getPort()).isPositive();
            assertThat(agent.httpUri().getPort())
                    .isPositive()
                    .isEqualTo(agent.httpAddress().getPort());
        }
    }

    @Test
    void a_taken_port_is_named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();

            assertThatThrownBy(() -> DevAgent.builder().dns(address).start())
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot answer DNS at")
                    .hasMessageContaining(String.valueOf(address.getPort()));
            assertThatThrownBy(() -> DevAgent.builder().http(address).start())
                    .hasMessageContaining("cannot answer HTTP at");
        }
    }

    @Test
    void closing_frees_its_ports_and_ends_its_threads() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        DevAgent agent = DevAgent.start();
        List<Thread> own = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> thread.getName().matches("devagent-.*|HTTP-Dispatcher"))
                .toList();
        InetSocketAddress dns = agent.dnsAddress();
        InetSocketAddress http = agent.httpAddress();

        agent.close();
        agent.close();

        assertThat(own)
                .isNotEmpty()
                .allSatisfy(thread -> assertThat(thread.isDaemon()).isTrue());
        assertThat(own).allSatisfy(thread -> {
            thread.join(5000);
            assertThat(thread.isAlive()).as(thread.getName()).isFalse();
        });
        DevAgent.builder().dns(dns).http(http).start().close();
    }

    @Test
    void domain_datacenter_and_node_name_are_settable() throws Exception {
        try (DevAgent agent = DevAgent.builder()
                .domain("corp.example")
                .datacenter("Berlin")
                .nodeName("n1")
                .start()) {
            assertThat(Dig.answers(Dig.udp(agent).ask("n1.node.berlin.corp.example", Type.A)))
                    .containsExactly("127.0.0.1");
            assertThat(Dig.udp(agent).ask("n1.node.consul", Type.A).getRcode()).isEqualTo(Rcode.REFUSED);
        }
    }

    @Test
    void a_service_on_a_node_that_is_not_registered_is_refused() {
        try (DevAgent agent = DevAgent.start()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            agent.register(ServiceRegistration.of("web", 80).node("n7")))
                    .withMessageContaining("n7");
        }
    }

    @Test
    void deregistering_says_whether_there_was_something() {
        try (DevAgent agent = DevAgent.start()) {
            agent.register(ServiceRegistration.of("web", 80));
            agent.registerNode("n2", "10.0.0.2");

            assertThat(agent.deregister("web")).isTrue();
            assertThat(agent.deregister("web")).isFalse();
            assertThat(agent.deregisterNode("n2")).isTrue();
            assertThat(agent.deregisterNode("n2")).isFalse();
        }
    }

    @Test
    void the_health_of_an_unknown_service_cannot_be_set() {
        try (DevAgent agent = DevAgent.start()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> agent.setHealth("web", Health.PASSING))
                    .withMessageContaining("web");
        }
    }

    @Test
    void the_own_node_stays() {
        try (DevAgent agent = DevAgent.start()) {
            assertThatIllegalArgumentException().isThrownBy(() -> agent.deregisterNode("DEV"));
        }
    }

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatIllegalArgumentException().isThrownBy(() -> ServiceRegistration.of("web", 65_536));
        assertThatIllegalArgumentException().isThrownBy(() -> ServiceRegistration.of("", 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceRegistration.of("web", 1).weights(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> DevAgent.builder().nodeTtl(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> DevAgent.builder().domain("."));
    }
}
