package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.AskingClient.Told;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The token with which an agent is watched loses its rights in the middle; the agent's own, with which it answers DNS, does not. */
@WithConsul(config = """
        {"acl": {"enabled": true, "default_policy": "deny",
                 "tokens": {"master": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01",
                            "default": "5c0f0a5e-1f6b-4b7e-9d5c-3f1f5a1d2e01"}}}
        """)
final class WatchLosesTokenTest {
    private static final String NAME = "seen.service.consul.";
    private static final String UNSEEN = "unseen.service.consul.";
    private static final Instance OTHER = instance(2);

    private final ConsulAgent agent;
    private final String policy;
    private final String token;
    private final TestServer server;

    WatchLosesTokenTest(ConsulAgent agent) throws StartException {
        this.agent = agent;
        String name = "watcher-" + System.nanoTime();
        String rules =
                "service_prefix \\\"\\\" { policy = \\\"read\\\" } node_prefix \\\"\\\" { policy = \\\"read\\\" }";
        policy = field("ID", agent.put("/v1/acl/policy", "{\"Name\": \"" + name + "\", \"Rules\": \"" + rules + "\"}"));
        String made = agent.put("/v1/acl/token", "{\"Policies\": [{\"Name\": \"" + name + "\"}]}");
        token = field("AccessorID", made);
        URI http = URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
        server = TestServer.start(
                agent.dnsAddress(),
                config -> config.consulHttp(http).consulToken(AgentToken.of(field("SecretID", made))));
        agent.register(instance(1));
        agent.deregister(OTHER);
        awaitCoherent();
    }

    private static Instance instance(int number) {
        return Instance.of("seen", "10.6.0." + number, 80)
                .id("seen-" + number)
                .on("seen-node-" + number, "10.6.0." + number);
    }

    private static String field(String name, String json) {
        return json.replaceAll("(?s).*?\"" + name + "\":\\s*\"([^\"]+)\".*", "$1");
    }

    @AfterEach
    void end() {
        server.close();
    }

    private void awaitCoherent() {
        Await.until("the name is coherent", () -> {
            int before = server.coherent();
            AskingClient.ask(server.address(), NAME);
            return server.coherent() > before;
        });
    }

    @Test
    void a_policy_that_grants_nothing_any_more_hides_no_change() {
        agent.put("/v1/acl/policy/" + policy, "{\"Name\": \"watcher-" + System.nanoTime() + "\", \"Rules\": \"\"}");

        aChangeIsSeenAndNothingElse();
    }

    @Test
    void a_token_that_is_deleted_hides_no_change() throws Exception {
        HttpRequest delete = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + agent.httpAddress().getPort() + "/v1/acl/token/" + token))
                .DELETE()
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(delete, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);

        aChangeIsSeenAndNothingElse();
    }

    @Test
    void what_the_token_may_not_see_is_there_when_it_registers() {
        agent.put("/v1/acl/policy/" + policy, "{\"Name\": \"watcher-" + System.nanoTime() + "\", \"Rules\": \"\"}");
        AskingClient asking = new AskingClient(server.address(), UNSEEN);
        try (asking) {
            // More than it takes to be watched.
            asking.awaitAnswers(400);
        }
        agent.register(Instance.of("unseen", "10.6.0.9", 80).on("unseen-node", "10.6.0.9"));

        Await.until(
                "it is there", () -> AskingClient.ask(server.address(), UNSEEN).equals(Told.fresh("10.6.0.9")));
    }

    private void aChangeIsSeenAndNothingElse() {
        AskingClient asking = new AskingClient(server.address(), NAME);
        try (asking) {
            agent.register(OTHER);
            Await.until(
                    "the change is seen",
                    () -> AskingClient.ask(server.address(), NAME).equals(Told.fresh("10.6.0.1", "10.6.0.2")));
            agent.deregister(OTHER);
            Await.until(
                    "the next one, too",
                    () -> AskingClient.ask(server.address(), NAME).equals(Told.fresh("10.6.0.1")));
            asking.awaitAnswers(20);
        }

        assertThat(asking.told()).isSubsetOf(Told.fresh("10.6.0.1"), Told.fresh("10.6.0.1", "10.6.0.2"));
    }
}
