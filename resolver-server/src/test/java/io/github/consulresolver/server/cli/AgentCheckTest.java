package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.FreePort;
import io.github.consulresolver.devagent.DevAgent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

final class AgentCheckTest {

    @Test
    void an_agent_that_answers_is_no_problem() {
        try (DevAgent agent = DevAgent.start()) {
            assertThat(AgentCheck.problem(agent.dnsAddress(), "consul")).isEmpty();
        }
    }

    @Test
    void an_answer_for_another_domain_is_no_problem_either() {
        try (DevAgent agent = DevAgent.start()) {
            assertThat(AgentCheck.problem(agent.dnsAddress(), "consul.example")).isEmpty();
        }
    }

    @Test
    void a_port_where_nobody_listens_is_told() {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.find());

        assertThat(AgentCheck.problem(address, "consul")).contains("connection refused");
    }
}
