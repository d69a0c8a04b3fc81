package io.github.consulresolver.discovery.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.discovery.ServiceResolver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

class DiscoveryMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final DiscoveryMeters meters = new DiscoveryMeters(registry);

    private double outcomes(String outcome) {
        return registry.get("consul.discovery.resolve")
                .tag("outcome", outcome)
                .timer()
                .count();
    }

    private ServiceResolver resolver(int rcode) {
        ScriptedUpstream agent = ScriptedUpstream.answering(query -> {
            Message answer = Message.newQuery(query.getQuestion());
            answer.getHeader().setID(query.getHeader().getID());
            answer.getHeader().setFlag(Flags.QR);
            answer.getHeader().setRcode(rcode);
            return answer;
        });
        return ServiceResolver.builder()
                .agents("127.0.0.1:" + agent.address().getPort())
                .listener(meters)
                .build();
    }

    @Test
    void what_an_agent_was_asked_for_is_counted_by_what_came_of_it() {
        try (ServiceResolver consul = resolver(Rcode.NXDOMAIN)) {
            consul.resolve("orders");
        }
        try (ServiceResolver consul = resolver(Rcode.SERVFAIL)) {
            assertThatThrownBy(() -> consul.resolve("orders")).isNotNull();
        }

        assertThat(outcomes("empty")).isEqualTo(1);
        assertThat(outcomes("refused")).isEqualTo(1);
        assertThat(outcomes("fresh")).isZero();
    }

    @Test
    void an_agent_that_is_down_is_counted_until_it_is_up() {
        InetSocketAddress agent = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8600);
        meters.agentDown(agent);
        meters.agentDown(agent);
        assertThat(registry.get("consul.discovery.agents.down").gauge().value()).isEqualTo(1);

        meters.agentUp(agent);
        assertThat(registry.get("consul.discovery.agents.down").gauge().value()).isZero();
    }
}
