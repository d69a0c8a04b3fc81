package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a real agent that tells its settings only to those who may know them. */
@WithConsul(config = """
        {"dns_config": {"udp_answer_limit": 5},
         "acl": {"enabled": true, "default_policy": "deny",
                 "tokens": {"master": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01",
                            "default": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01"}}}
        """)
final class AgentTokenTest {
    private final ConsulAgent agent;
    private final Instance[] instances = Instance.many("guarded", 9).toArray(Instance[]::new);

    AgentTokenTest(ConsulAgent agent) {
        this.agent = agent;
        agent.register(instances);
    }

    @Test
    void with_a_token_that_may_read_the_agent_its_settings_are_ours() throws Exception {
        try (TestServer server = start(token("reader", "agent_prefix \"\" { policy = \"read\" }"))) {
            Await.until("the agent's settings are known", server::knowsSettings);

            assertThat(answersOverUdp(server)).isEqualTo(5);
        }
    }

    @Test
    void with_a_token_that_may_not_names_are_answered_and_Consuls_defaults_hold() throws Exception {
        try (TestServer server = start(token("stranger", "service_prefix \"\" { policy = \"read\" }"))) {
            assertThat(answersOverUdp(server)).isEqualTo(3);
            assertThat(server.knowsSettings()).isFalse();
        }
    }

    private static int answersOverUdp(TestServer server) throws IOException {
        return server.ask(Protocol.UDP, "guarded.service.consul.", Type.A)
                .getSection(Section.ANSWER)
                .size();
    }

    /** Makes a token with these rules. */
    private String token(String name, String rules) {
        String quoted = rules.replace("\"", "\\\"");
        agent.put("/v1/acl/policy", "{\"Name\": \"" + name + "\", \"Rules\": \"" + quoted + "\"}");
        String made = agent.put("/v1/acl/token", "{\"Policies\": [{\"Name\": \"" + name + "\"}]}");
        return made.replaceAll("(?s).*\"SecretID\":\\s*\"([^\"]+)\".*", "$1");
    }

    private TestServer start(String secret) throws StartException {
        URI http = URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
        return TestServer.start(
                agent.dnsAddress(), config -> config.consulHttp(http).consulToken(AgentToken.of(secret)));
    }
}
