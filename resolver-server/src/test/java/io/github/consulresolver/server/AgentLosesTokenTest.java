package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a real agent whose own token, with which it answers DNS, runs out or loses its rights. */
@WithConsul(config = """
        {"acl": {"enabled": true, "default_policy": "deny",
                 "tokens": {"master": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01",
                            "default": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01"}}}
        """)
final class AgentLosesTokenTest {
    private static final String MANAGEMENT = "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01";
    private static final String NO_SUCH_TOKEN = "00000000-dead-dead-dead-000000000000";

    private final ConsulAgent agent;
    private final TestServer server;

    AgentLosesTokenTest(ConsulAgent agent) throws StartException {
        this.agent = agent;
        agent.register(Instance.of("guarded", "10.1.0.1", 80));
        server = TestServer.startWithStaleAnswers(agent.dnsAddress());
    }

    @AfterEach
    void end() {
        server.close();
        agentUses(MANAGEMENT);
    }

    @Test
    void a_token_that_ran_out_takes_no_known_name_with_it() throws Exception {
        assertThat(ask(server.address()).getSection(Section.ANSWER)).hasSize(1);
        agentUses(NO_SUCH_TOKEN);

        assertThat(ask(agent.dnsAddress()).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(ask(server.address()).getSection(Section.ANSWER)).hasSize(1);
        assertThat(server.answered("stale")).isEqualTo(1);
    }

    @Test
    void a_token_without_rights_hides_names_and_that_is_passed_on() throws Exception {
        assertThat(ask(server.address()).getSection(Section.ANSWER)).hasSize(1);
        agentUses("");

        assertThat(ask(agent.dnsAddress()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(ask(server.address()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    private static Message ask(InetSocketAddress server) throws Exception {
        return new DnsClient(server, Duration.ofMillis(KnownServices.PATIENCE_MS))
                .ask(Protocol.UDP, DnsClient.question("guarded.service.consul.", Type.A));
    }

    private void agentUses(String token) {
        agent.put("/v1/agent/token/default?token=" + MANAGEMENT, "{\"Token\": \"" + token + "\"}");
    }
}
