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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Answers that live as long as they are true, in front of real agents at their default TTL of 0. */
@WithConsul
final class WatchConsulTest {
    private final ConsulAgent agent;
    private final CountingProxy dns;
    private final HeldProxy http;
    private final TestServer server;

    WatchConsulTest(ConsulAgent agent) throws Exception {
        this.agent = agent;
        dns = CountingProxy.inFrontOf(agent.dnsAddress());
        http = new HeldProxy(agent.httpAddress());
        URI api = URI.create("http://127.0.0.1:" + http.address().getPort());
        server = TestServer.start(
                dns.address(),
                config -> config.consulHttp(api)
                        .maxStale(Duration.ofMinutes(1))
                        .maxStaleUnreachable(Duration.ofHours(1)));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        http.close();
        dns.close();
    }

    private Message ask(String name, int type) {
        try {
            return server.ask(Protocol.TCP, name, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> answers(String name, int type) {
        return ask(name, type).getSection(Section.ANSWER).stream()
                .map(Record::rdataToString)
                .collect(Collectors.toSet());
    }

    /** Asks until the answer is one that is known to be true. */
    private void awaitCoherent(String name, int type) {
        Await.until(name + " " + Type.string(type) + " is coherent", () -> {
            int before = server.coherent();
            ask(name, type);
            return server.coherent() > before;
        });
    }

    private void awaitAnswers(String name, int type, String... expected) {
        Await.until(
                name + " " + Type.string(type) + " has changed",
                () -> answers(name, type).equals(Set.of(expected)));
    }

    @Test
    void what_is_watched_is_answered_without_asking_the_agent_and_goes_when_it_is_deregistered() {
        Instance leaving = Instance.of("web", "10.8.0.2", 80).id("web-2");
        agent.register(Instance.of("web", "10.8.0.1", 80), leaving);
        awaitCoherent("web.service.consul.", Type.A);
        int asked = dns.queries();

        for (int i = 0; i < 100; i++) {
            Message reply = ask("web.service.consul.", Type.A);
            assertThat(reply.getSection(Section.ANSWER)).hasSize(2).allMatch(record -> record.getTTL() == 0);
        }
        assertThat(dns.queries()).isEqualTo(asked);

        agent.deregister(leaving);
        awaitAnswers("web.service.consul.", Type.A, "10.8.0.1");
        awaitCoherent("web.service.consul.", Type.A);
    }

    @Test
    void every_form_of_a_name_is_coherent() {
        agent.register(
                Instance.of("forms", "10.8.1.1", 8001).tags("Red", "v1.2").weights(7, 2),
                Instance.of("forms", "", 8002).id("forms-2").tags("red").on("forms-node", "10.8.1.2"),
                Instance.of("forms", "fd00::4", 8003).id("forms-3"),
                Instance.of("forms", "10.8.1.5", 8005).id("forms-5").taggedAddresses(Map.of("lan_ipv6", "fd00::5")));

        for (String name : new String[] {
            "forms.service.consul.",
            "red.forms.service.consul.",
            "v1.2.forms.service.consul.",
            "_forms._red.service.consul.",
            "_forms._tcp.service.consul.",
            "none.forms.service.consul."
        }) {
            for (int type : new int[] {Type.A, Type.AAAA, Type.SRV, Type.ANY}) {
                awaitCoherent(name, type);
            }
        }
    }

    @Test
    void a_service_that_is_absent_is_there_when_it_registers() {
        awaitCoherent("late.service.consul.", Type.A);
        assertThat(ask("late.service.consul.", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        int asked = dns.queries();
        ask("late.service.consul.", Type.A);
        assertThat(dns.queries()).isEqualTo(asked);

        agent.register(Instance.of("late", "10.8.2.1", 80));
        awaitAnswers("late.service.consul.", Type.A, "10.8.2.1");
    }

    @Test
    void an_instance_that_turns_critical_goes_and_comes_back() {
        Instance frail = Instance.of("frail", "10.8.3.2", 80).id("frail-2");
        agent.register(Instance.of("frail", "10.8.3.1", 80), frail);
        agent.setStatus(frail, Status.PASSING);
        awaitCoherent("frail.service.consul.", Type.A);

        agent.setStatus(frail, Status.CRITICAL);
        awaitAnswers("frail.service.consul.", Type.A, "10.8.3.1");
        awaitCoherent("frail.service.consul.", Type.A);

        agent.setStatus(frail, Status.PASSING);
        awaitAnswers("frail.service.consul.", Type.A, "10.8.3.1", "10.8.3.2");
        awaitCoherent("frail.service.consul.", Type.A);
    }

    @Test
    void a_change_that_does_not_show_costs_the_agent_no_question() {
        Instance one = Instance.of("quiet", "10.8.4.1", 80);
        agent.register(one);
        agent.setStatus(one, Status.PASSING);
        awaitCoherent("quiet.service.consul.", Type.A);
        AtomicInteger asked = new AtomicInteger();
        dns.drop(query -> {
            if (query.message().getQuestion().getName().toString().equalsIgnoreCase("quiet.service.consul.")) {
                asked.incrementAndGet();
            }
            return false;
        });

        agent.register(one.tags("new"));
        awaitAnswers("new.quiet.service.consul.", Type.A, "10.8.4.1");
        awaitCoherent("new.quiet.service.consul.", Type.A);

        assertThat(answers("quiet.service.consul.", Type.A)).containsExactly("10.8.4.1");
        assertThat(asked).hasValue(0);
    }

    @Test
    void a_flood_of_changes_is_followed_to_its_end() {
        awaitCoherent("flood.service.consul.", Type.SRV);
        for (int port = 1; port <= 60; port++) {
            agent.put(
                    "/v1/catalog/register",
                    "{\"Node\": \"flood-node\", \"Address\": \"10.8.5.1\", \"Service\": {\"Service\": \"flood\", \"Port\": "
                            + port + "}}");
        }
        awaitAnswers("flood.service.consul.", Type.SRV, "1 1 60 flood-node.node.dc1.consul.");
        awaitCoherent("flood.service.consul.", Type.SRV);
    }

    @Test
    void what_an_agent_says_when_it_is_back_is_believed_when_it_is_known_to_be_true() {
        agent.register(Instance.of("back", "10.8.6.1", 80).on("back-node", "10.8.6.1"));
        awaitCoherent("back.service.consul.", Type.A);

        agent.kill();
        assertThat(answers("back.service.consul.", Type.A)).containsExactly("10.8.6.1");
        agent.restart();

        for (int i = 0; i < 20; i++) {
            assertThat(answers("back.service.consul.", Type.A)).containsExactly("10.8.6.1");
        }
        awaitCoherent("back.service.consul.", Type.A);
    }

    @Test
    void when_HTTP_is_held_DNS_is_asked_and_believed() {
        agent.register(Instance.of("held", "10.8.7.1", 80));
        awaitCoherent("held.service.consul.", Type.A);

        http.hold();
        agent.register(Instance.of("held", "10.8.7.2", 80).id("held-2"));
        awaitAnswers("held.service.consul.", Type.A, "10.8.7.1", "10.8.7.2");

        http.release();
        awaitCoherent("held.service.consul.", Type.A);
    }
}
