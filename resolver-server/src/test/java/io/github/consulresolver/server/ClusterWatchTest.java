package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.ConsulCluster;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.AskingClient.Told;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/**
 * What clients are told while the servers behind a node's agent, which is watched, are not well. The agent itself is: what it does not hear of, it
 * cannot tell.
 */
@WithConsul
final class ClusterWatchTest {
    private static final Duration MAX_STALE = Duration.ofHours(1);

    private final ConsulCluster cluster;
    private final TestServer server;

    ClusterWatchTest(ConsulCluster cluster) throws StartException {
        this.cluster = cluster;
        URI api =
                URI.create("http://127.0.0.1:" + cluster.client().httpAddress().getPort());
        server = TestServer.start(
                cluster.client().dnsAddress(),
                config -> config.consulHttp(api).maxStale(MAX_STALE).maxStaleUnreachable(MAX_STALE));
    }

    @AfterEach
    void end() {
        server.close();
    }

    private static Instance instance(String service, int number) {
        String address = "10.7.0." + number;
        return Instance.of(service, address, 80).id(service + "-" + number).on(service + "-node-" + number, address);
    }

    private Told ask(String name) {
        return AskingClient.ask(server.address(), name);
    }

    private boolean isCoherent(String name, Told expected) {
        int before = server.coherent();
        return ask(name).equals(expected) && server.coherent() > before;
    }

    private void awaitCoherent(String name, Told expected) {
        Await.until(name + " is coherent, and " + expected, () -> isCoherent(name, expected));
    }

    @Test
    void a_change_while_a_leader_is_lost_and_another_elected_is_seen_and_nothing_else() throws Exception {
        String name = "killed.service.consul.";
        cluster.register(List.of(instance("killed", 1)));
        awaitCoherent(name, Told.fresh("10.7.0.1"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            cluster.replaceLeader();
            cluster.register(List.of(instance("killed", 2)));
            awaitCoherent(name, Told.fresh("10.7.0.1", "10.7.0.2"));
        }

        assertThat(asking.told())
                .isSubsetOf(
                        Told.fresh("10.7.0.1"),
                        Told.stale("10.7.0.1"),
                        Told.fresh("10.7.0.1", "10.7.0.2"),
                        Told.stale("10.7.0.1", "10.7.0.2"));
        assertOnlyTold(name, Told.fresh("10.7.0.1", "10.7.0.2"));
    }

    @Test
    void a_change_while_the_leader_hangs_and_another_is_elected_is_seen_and_nothing_else() throws Exception {
        String name = "hangs.service.consul.";
        cluster.register(List.of(instance("hangs", 11), instance("hangs", 12)));
        awaitCoherent(name, Told.fresh("10.7.0.11", "10.7.0.12"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            cluster.pauseLeader();
            cluster.deregister(instance("hangs", 12));
            awaitCoherent(name, Told.fresh("10.7.0.11"));
            // The old leader is back, and knows less than the others.
            cluster.recover();
            awaitCoherent(name, Told.fresh("10.7.0.11"));
        }

        assertThat(asking.told())
                .isSubsetOf(
                        Told.fresh("10.7.0.11", "10.7.0.12"),
                        Told.stale("10.7.0.11", "10.7.0.12"),
                        Told.fresh("10.7.0.11"),
                        Told.stale("10.7.0.11"));
        assertOnlyTold(name, Told.fresh("10.7.0.11"));
    }

    /** One of the two is the server that the agent asks, or the one that streams to it, unless it is the leader. */
    @Test
    void a_change_while_a_server_hangs_is_seen_whichever_it_is() throws Exception {
        String name = "lags.service.consul.";
        cluster.register(List.of(instance("lags", 21)));
        ConsulAgent leader = cluster.leader();
        int added = 22;
        for (ConsulAgent follower : cluster.followers()) {
            awaitCoherent(name, Told.fresh("10.7.0.21"));

            follower.pause();
            Instance more = instance("lags", added++);
            leader.register(more);
            String address = "10.7.0." + (added - 1);
            awaitCoherent(name, Told.fresh("10.7.0.21", address));

            // By now another server is asked; whoever told of changes before may still be the one that hangs.
            leader.deregister(more);
            awaitCoherent(name, Told.fresh("10.7.0.21"));
            follower.resume();
        }
    }

    @Test
    void without_a_quorum_nothing_is_coherent_and_with_one_all_is_again() throws Exception {
        String name = "quorum.service.consul.";
        cluster.register(List.of(instance("quorum", 31)));
        awaitCoherent(name, Told.fresh("10.7.0.31"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            cluster.leaveServers(1);
            Await.until("nothing is coherent", () -> {
                int before = server.coherent();
                asking.awaitAnswers(20);
                return server.coherent() == before;
            });
            cluster.recover();
            awaitCoherent(name, Told.fresh("10.7.0.31"));
        }
        assertThat(asking.told()).isSubsetOf(Told.fresh("10.7.0.31"), Told.stale("10.7.0.31"));

        cluster.register(List.of(instance("quorum", 32)));
        awaitCoherent(name, Told.fresh("10.7.0.31", "10.7.0.32"));
    }

    @Test
    void without_any_server_what_is_known_says_that_it_is_stale_and_a_change_is_seen_afterwards() throws Exception {
        String name = "none.service.consul.";
        cluster.register(List.of(instance("none", 41)));
        awaitCoherent(name, Told.fresh("10.7.0.41"));

        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            cluster.leaveServers(0);
            Await.until("it is stale", () -> ask(name).equals(Told.stale("10.7.0.41")));
            cluster.recover();
            awaitCoherent(name, Told.fresh("10.7.0.41"));
        }
        assertThat(asking.told()).isSubsetOf(Told.fresh("10.7.0.41"), Told.stale("10.7.0.41"));

        cluster.deregister(instance("none", 41));
        awaitCoherent(name, new Told(Rcode.NXDOMAIN, Set.of(), false));
    }

    private void assertOnlyTold(String name, Told expected) throws Exception {
        AskingClient asking = new AskingClient(server.address(), name);
        try (asking) {
            asking.awaitAnswers(50);
        }
        assertThat(asking.told()).containsExactly(expected);
    }
}
