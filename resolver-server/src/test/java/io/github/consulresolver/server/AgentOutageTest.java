package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.KnownServices.Told;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a real agent that stops answering. No answer of it has a TTL: that is Consul's default. */
@WithConsul
final class AgentOutageTest {
    private static final int NO_REACHABLE_AUTHORITY = 22;
    private static final int STALE_ANSWER = 3;

    private final ConsulAgent agent;
    private final TestServer server;

    enum Outage {
        PAUSED {
            @Override
            void begin(ConsulAgent agent) {
                agent.pause();
            }

            @Override
            void end(ConsulAgent agent) {
                agent.resume();
            }
        },
        KILLED {
            @Override
            void begin(ConsulAgent agent) {
                agent.kill();
            }

            @Override
            void end(ConsulAgent agent) {
                agent.restart();
            }
        };

        abstract void begin(ConsulAgent agent);

        abstract void end(ConsulAgent agent);
    }

    AgentOutageTest(ConsulAgent agent) throws StartException {
        this.agent = agent;
        agent.register(KnownServices.instances());
        server = TestServer.startWithStaleAnswers(agent.dnsAddress());
    }

    @AfterEach
    void end() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void every_known_name_is_answered_and_says_that_it_is_stale(Outage outage) throws IOException {
        assertThat(known()).matches(Told::isFresh);
        outage.begin(agent);

        assertThat(known()).matches(Told::isStale);
        assertThat(known()).matches(Told::isStale);
        assertThat(server.answered("stale")).isPositive();
        Await.until("the failures are counted", () -> server.failures(agent.dnsAddress()) > 0);
    }

    @ParameterizedTest
    @EnumSource
    void for_an_hour_and_no_longer(Outage outage) throws IOException {
        known();
        outage.begin(agent);
        assertThat(known()).matches(Told::isStale);

        pass(Duration.ofMinutes(58));
        assertThat(known()).matches(Told::isStale);

        pass(Duration.ofMinutes(3));
        assertThat(ask("known-00.service.consul.").getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    @ParameterizedTest
    @EnumSource
    void a_client_sees_a_ttl_of_a_second_and_why(Outage outage) throws IOException {
        known();
        outage.begin(agent);
        known();
        Message reply = ask("known-00.service.consul.");

        assertThat(reply.getSection(Section.ANSWER))
                .hasSize(3)
                .extracting(Record::getTTL)
                .containsOnly(1L);
        assertThat(KnownServices.errors(reply)).containsExactly(STALE_ANSWER, NO_REACHABLE_AUTHORITY);
    }

    @ParameterizedTest
    @EnumSource
    void a_name_that_nobody_asked_for_before_is_a_failure(Outage outage) throws IOException {
        known();
        outage.begin(agent);
        Message reply = ask("consul.service.consul.");

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(KnownServices.errors(reply)).containsExactly(NO_REACHABLE_AUTHORITY);
        assertThat(ask("known-00.service.consul.").getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @ParameterizedTest
    @EnumSource
    void when_it_is_back_all_names_are_fresh_and_a_change_is_seen(Outage outage) throws IOException {
        known();
        outage.begin(agent);
        known();
        outage.end(agent);
        agent.register(Instance.of("known-00", "10.9.0.1", 8003).on("node-9", "10.9.0.1"));

        Await.until("the change is seen", () -> answers("known-00.service.consul.") == 4);
        agent.deregister(Instance.of("known-00", "10.9.0.1", 8003).on("node-9", "10.9.0.1"));
        Await.until("all are fresh", this::allAreFresh);
    }

    /** What is asked of the agent now is over before: time does not jump for it. */
    private void pass(Duration time) {
        Await.until("nothing is under way", () -> server.flights() == 0);
        server.skip(time.toNanos());
    }

    private Told known() throws IOException {
        return KnownServices.ask(server.address());
    }

    private boolean allAreFresh() {
        try {
            return known().isFresh();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int answers(String name) {
        try {
            return ask(name).getSection(Section.ANSWER).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Message ask(String name) throws IOException {
        Message query = DnsClient.question(name, Type.A);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        return new DnsClient(server.address(), Duration.ofMillis(KnownServices.PATIENCE_MS)).ask(Protocol.UDP, query);
    }
}
