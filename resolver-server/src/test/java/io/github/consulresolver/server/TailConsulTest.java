package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.Status;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** More services than there are watches, in front of real agents at their default TTL of 0. */
@WithConsul
final class TailConsulTest {
    private static final int WATCHES = 2;

    private final ConsulAgent agent;
    private final CountingProxy dns;
    private final TestServer server;

    TailConsulTest(ConsulAgent agent) throws Exception {
        this.agent = agent;
        dns = CountingProxy.inFrontOf(agent.dnsAddress());
        URI api = URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
        server = TestServer.start(
                dns.address(),
                config -> config.consulHttp(api)
                        .watches(WATCHES)
                        .maxStale(Duration.ofMinutes(1))
                        .maxStaleUnreachable(Duration.ofHours(1)));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        dns.close();
    }

    private Message ask(String name) {
        try {
            return server.ask(Protocol.UDP, name, Type.A);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> answers(String name) {
        return ask(name).getSection(Section.ANSWER).stream()
                .map(Record::rdataToString)
                .collect(Collectors.toSet());
    }

    private boolean isAnsweredFromTheCache(List<String> names) {
        int before = dns.queries();
        names.forEach(this::ask);
        return dns.queries() == before;
    }

    private void awaitCoherent(List<String> names) {
        Await.until("all of " + names.size() + " names are coherent", () -> isAnsweredFromTheCache(names));
    }

    /** Enough to take all watches, and then as many. */
    private List<String> names(String service, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> service + i + ".service.consul.")
                .toList();
    }

    private void occupyAllWatches() {
        awaitCoherent(names("absent-and-watched-", WATCHES));
    }

    @Test
    void two_hundred_services_are_answered_without_asking_the_agent() {
        agent.register(IntStream.range(0, 200)
                .mapToObj(i -> Instance.of("many" + i, "10.9.0." + (1 + i), 80))
                .toList());
        List<String> names = names("many", 200);
        awaitCoherent(names);
        int coherent = server.coherent();

        Await.until("three rounds are coherent", () -> {
            int before = server.coherent();
            for (int round = 0; round < 3; round++) {
                names.forEach(this::ask);
            }
            return server.coherent() == before + 600;
        });
        assertThat(server.coherent()).isGreaterThan(coherent);
        for (int i = 0; i < 200; i++) {
            assertThat(answers(names.get(i))).containsExactly("10.9.0." + (1 + i));
        }
    }

    @Test
    void what_changes_shows_at_once() {
        occupyAllWatches();
        Instance frail = Instance.of("frail", "10.9.1.2", 80).id("frail-2");
        agent.register(Instance.of("frail", "10.9.1.1", 80), frail);
        agent.setStatus(frail, Status.PASSING);
        List<String> name = List.of("frail.service.consul.");
        awaitCoherent(name);
        assertThat(answers(name.get(0))).containsExactlyInAnyOrder("10.9.1.1", "10.9.1.2");

        agent.setStatus(frail, Status.CRITICAL);
        awaitAnswers(name.get(0), "10.9.1.1");
        awaitCoherent(name);

        agent.setStatus(frail, Status.PASSING);
        awaitAnswers(name.get(0), "10.9.1.1", "10.9.1.2");
        awaitCoherent(name);

        agent.deregister(frail);
        awaitAnswers(name.get(0), "10.9.1.1");
        awaitCoherent(name);
    }

    private void awaitAnswers(String name, String... expected) {
        Await.until(name + " has changed", () -> answers(name).equals(Set.of(expected)));
    }

    @Test
    void a_service_that_is_absent_is_there_when_it_registers() {
        occupyAllWatches();
        List<String> name = List.of("late.service.consul.");
        awaitCoherent(name);
        assertThat(ask(name.get(0)).getRcode()).isEqualTo(Rcode.NXDOMAIN);

        agent.register(Instance.of("late", "10.9.2.1", 80));
        awaitAnswers(name.get(0), "10.9.2.1");
        awaitCoherent(name);
    }

    @Test
    void an_address_of_a_node_that_changes_shows_at_once() {
        occupyAllWatches();
        Instance instance = Instance.of("moving", "", 80).on("moving-node", "10.9.3.1");
        agent.register(instance);
        List<String> name = List.of("moving.service.consul.");
        awaitCoherent(name);

        agent.register(instance.on("moving-node", "10.9.3.2"));
        awaitAnswers(name.get(0), "10.9.3.2");
        awaitCoherent(name);
    }

    @Test
    void after_a_change_elsewhere_all_are_looked_at_again_and_stay_as_they_are() {
        occupyAllWatches();
        agent.register(IntStream.range(0, 20)
                .mapToObj(i -> Instance.of("calm" + i, "10.9.4." + (1 + i), 80))
                .toList());
        List<String> names = names("calm", 20);
        awaitCoherent(names);

        agent.register(Instance.of("elsewhere", "10.9.5.1", 80));
        awaitCoherent(names);
        for (int i = 0; i < 20; i++) {
            assertThat(answers(names.get(i))).containsExactly("10.9.4." + (1 + i));
        }
    }

    @Test
    void what_an_agent_says_when_it_is_back_is_believed_when_it_is_known_to_be_true() {
        occupyAllWatches();
        agent.register(Instance.of("back", "10.9.6.1", 80).on("tail-back-node", "10.9.6.1"));
        List<String> name = List.of("back.service.consul.");
        awaitCoherent(name);

        agent.kill();
        assertThat(answers(name.get(0))).containsExactly("10.9.6.1");
        agent.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(answers(name.get(0))).containsExactly("10.9.6.1");
        }
        awaitCoherent(name);
    }
}
