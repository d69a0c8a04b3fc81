package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.AskingClient.Told;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** What clients are told while an agent that is watched is not well. None of it was wrong, unless it says that it is stale. */
@WithConsul
final class WatchFaultsTest {
    private static final Duration MAX_STALE = Duration.ofHours(1);

    private final ConsulAgent agent;
    private final CountingProxy dns;
    private final HeldProxy http;
    private final TestServer server;

    WatchFaultsTest(ConsulAgent agent) throws Exception {
        this.agent = agent;
        dns = CountingProxy.inFrontOf(agent.dnsAddress());
        http = new HeldProxy(agent.httpAddress());
        URI api = URI.create("http://127.0.0.1:" + http.address().getPort());
        server = TestServer.start(
                dns.address(),
                config -> config.consulHttp(api).maxStale(MAX_STALE).maxStaleUnreachable(MAX_STALE));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        http.close();
        dns.close();
    }

    private static Instance instance(String service, int number) {
        String address = "10.7.0." + number;
        return Instance.of(service, address, 80).id(service + "-" + number).on(service + "-node-" + number, address);
    }

    private Told ask(String name) {
        return AskingClient.ask(server.address(), name);
    }

    private void awaitCoherent(String name, Told expected) {
        Await.until(name + " is coherent, and " + expected, () -> {
            int before = server.coherent();
            return ask(name).equals(expected) && server.coherent() > before;
        });
    }

    @Test
    void an_agent_that_starts_again_is_not_believed_before_it_knows_the_last_change() {
        String name = "again.service.consul.";
        Instance leaving = instance("again", 2);
        agent.register(instance("again", 1));
        for (int i = 0; i < 30; i++) {
            agent.register(leaving);
            agent.deregister(leaving);
        }
        awaitCoherent(name, Told.fresh("10.7.0.1"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            agent.kill();
            asking.awaitAnswers(20);
            agent.restart();
            asking.awaitAnswers(20);
            awaitCoherent(name, Told.fresh("10.7.0.1"));
        }

        assertThat(asking.told()).isSubsetOf(Told.fresh("10.7.0.1"), Told.stale("10.7.0.1"));
    }

    @Test
    void a_change_after_the_agent_has_started_again_is_seen() {
        String name = "after.service.consul.";
        agent.register(instance("after", 11));
        awaitCoherent(name, Told.fresh("10.7.0.11"));

        agent.restart();
        agent.register(instance("after", 12));

        awaitCoherent(name, Told.fresh("10.7.0.11", "10.7.0.12"));
    }

    @Test
    void of_an_agent_that_has_lost_its_data_the_new_data_is_believed() {
        String name = "wiped.service.consul.";
        agent.register(instance("wiped", 21));
        for (int i = 0; i < 100; i++) {
            agent.put("/v1/kv/wiped", Integer.toString(i));
        }
        awaitCoherent(name, Told.fresh("10.7.0.21"));

        agent.restartEmpty();
        agent.register(instance("wiped", 22));
        awaitCoherent(name, Told.fresh("10.7.0.22"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            asking.awaitAnswers(20);
        }
        assertThat(asking.told()).containsExactly(Told.fresh("10.7.0.22"));
        agent.deregister(instance("wiped", 22));
        awaitCoherent(name, new Told(Rcode.NXDOMAIN, Set.of(), false));
    }

    @Test
    void while_DNS_is_held_what_is_known_to_have_changed_says_that_it_is_stale() {
        String name = "mute.service.consul.";
        agent.register(instance("mute", 31), instance("mute", 32));
        awaitCoherent(name, Told.fresh("10.7.0.31", "10.7.0.32"));

        dns.hold();
        agent.deregister(instance("mute", 32));
        Await.until("the change is known", () -> !ask(name).equals(Told.fresh("10.7.0.31", "10.7.0.32")));
        for (int i = 0; i < 10; i++) {
            assertThat(ask(name)).isEqualTo(Told.stale("10.7.0.31", "10.7.0.32"));
        }

        dns.passOn();
        awaitCoherent(name, Told.fresh("10.7.0.31"));
    }

    @Test
    void while_DNS_is_held_what_has_not_changed_is_answered_as_ever() {
        String name = "still.service.consul.";
        agent.register(instance("still", 41));
        awaitCoherent(name, Told.fresh("10.7.0.41"));

        dns.hold();
        agent.register(instance("other", 42));
        for (int i = 0; i < 100; i++) {
            assertThat(ask(name)).isEqualTo(Told.fresh("10.7.0.41"));
        }
    }

    @Test
    void what_changes_while_HTTP_and_DNS_are_held_is_seen_when_they_are_back() {
        String name = "both.service.consul.";
        agent.register(instance("both", 51));
        awaitCoherent(name, Told.fresh("10.7.0.51"));

        http.hold();
        dns.hold();
        agent.register(instance("both", 52));
        Await.until(
                "it is noticed that the agent says nothing", () -> !ask(name).equals(Told.fresh("10.7.0.51")));
        assertThat(ask(name)).isEqualTo(Told.stale("10.7.0.51"));

        http.release();
        dns.passOn();
        awaitCoherent(name, Told.fresh("10.7.0.51", "10.7.0.52"));
    }
}
