package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulCluster;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.KnownServices.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a node's client agent, whose servers go and come. Clients ask all the while. */
@WithConsul
final class ClusterOutageTest {
    private static final Instance NEW =
            Instance.of("known-00", "10.9.0.1", 8003).on("node-9", "10.9.0.1");

    private final ConsulCluster cluster;
    private final TestServer server;

    ClusterOutageTest(ConsulCluster cluster) throws StartException {
        this.cluster = cluster;
        cluster.register(KnownServices.instances());
        server = TestServer.startWithStaleAnswers(cluster.client().dnsAddress());
        Await.until("all are known and fresh", () -> ask().isFresh());
    }

    @AfterEach
    void end() {
        server.close();
    }

    @Test
    void while_a_leader_is_lost_and_another_elected_every_known_name_is_answered() throws Exception {
        try (Asking asking = new Asking()) {
            cluster.replaceLeader();
            asking.awaitRounds(2);
        }
        Await.until("all are fresh", () -> ask().isFresh());
    }

    @Test
    void without_a_quorum_every_known_name_is_answered() throws Exception {
        try (Asking asking = new Asking()) {
            cluster.leaveServers(1);
            asking.awaitRounds(5);
        }
    }

    @Test
    void without_any_server_every_known_name_is_answered_and_says_that_it_is_stale() throws Exception {
        try (Asking asking = new Asking()) {
            cluster.leaveServers(0);
            asking.awaitRounds(2);
            Await.until("all are stale", () -> ask().isStale());
            server.skip(Duration.ofMinutes(5).toNanos());
            asking.awaitRounds(2);
        }
        assertThat(ask()).matches(Told::isStale);
    }

    @Test
    void without_any_server_a_name_that_nobody_asked_for_before_is_a_failure() throws Exception {
        cluster.leaveServers(0);
        Await.until("all are stale", () -> ask().isStale());

        assertThat(rcode("never-asked-for.service.consul.")).isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void while_the_agent_starts_again_every_known_name_is_answered() throws Exception {
        try (Asking asking = new Asking()) {
            cluster.restartClient();
            asking.awaitRounds(2);
            cluster.recover();
            asking.awaitRounds(2);
        }
        Await.until("all are fresh", () -> ask().isFresh());
    }

    @Test
    void when_the_servers_are_back_names_are_fresh_and_a_change_is_seen() {
        cluster.leaveServers(0);
        Await.until("all are stale", () -> ask().isStale());
        cluster.recover();
        cluster.register(List.of(NEW));

        Await.until("the change is seen", () -> instances("known-00.service.consul.") == 4);
        cluster.deregister(NEW);
        Await.until("all are fresh", () -> ask().isFresh());
    }

    private Told ask() {
        try {
            return KnownServices.ask(server.address());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int rcode(String name) throws IOException {
        return reply(name).getRcode();
    }

    private int instances(String name) {
        try {
            return reply(name).getSection(Section.ANSWER).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Message reply(String name) throws IOException {
        return new DnsClient(server.address(), Duration.ofMillis(KnownServices.PATIENCE_MS))
                .ask(Protocol.TCP, DnsClient.question(name, Type.A));
    }

    /** Asks for all known names again and again until it is closed; whatever is not answered right fails the test then. */
    private final class Asking implements AutoCloseable {
        private final AtomicInteger rounds = new AtomicInteger();
        private volatile boolean ending;
        private final CompletableFuture<Void> done =
                CompletableFuture.runAsync(this::ask, task -> new Thread(task).start());

        private void ask() {
            while (!ending) {
                assertThat(ClusterOutageTest.this.ask().wrong()).isEmpty();
                rounds.incrementAndGet();
            }
        }

        /** Waits until so many rounds have begun and ended from now on. */
        void awaitRounds(int more) {
            int enough = rounds.get() + 1 + more;
            Await.until(more + " more rounds were asked", () -> rounds.get() >= enough || done.isDone());
        }

        @Override
        public void close() {
            ending = true;
            done.join();
        }
    }
}
