package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.github.consulresolver.server.metrics.ResolverMeters;
import io.github.consulresolver.zone.LoadPolicy;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.VirtualTime;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What clients see in a flood, and on which way it comes to them. */
final class OverloadRepliesTest {
    private static final LoadPolicy LOAD = new LoadPolicy(4, true);
    private static final ClientKey FLOOD = new ClientKey(1);
    private static final ClientKey ANOTHER = new ClientKey(2);
    private static final String HOT = "www.example.com.";
    private static final String OLD = "web.service.consul.";

    private final VirtualTime time = new VirtualTime();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Message> late = new ArrayList<>();
    private int asked;
    private boolean silent;

    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), this::ask).with(LOAD),
                    Zone.recursive(DomainName.ROOT, this::ask, 86_400).with(LOAD))),
            cache,
            time,
            time,
            new ResolverMeters(meters));
    private final QueryHandler handler = Handlers.handler(cache, resolver, meters, time, Runnable::run);

    private CompletableFuture<byte[]> ask(Question question) {
        asked++;
        if (silent) {
            return new CompletableFuture<>();
        }
        int ttl = question.name().equals(OLD) ? 0 : 60;
        return CompletableFuture.completedFuture(Reply.to(question.name(), question.type())
                .answer(question.name() + " " + ttl + " IN A 10.0.0.1")
                .wire());
    }

    /** The reply that comes at once; null when it is {@link #late}. */
    private @Nullable Message ask(String name, ClientKey client, Protocol protocol) {
        Message query = DnsClient.question(name, Type.A);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        byte[] wire = query.toWire();
        handler.tick();
        int length = handler.handle(ByteBuffer.wrap(wire), 0, wire.length, protocol, true);
        if (length == QueryHandler.LATER) {
            length = handler.turnAway(client, protocol);
        }
        if (length == QueryHandler.LATER) {
            handler.answerLater(
                    ByteBuffer.wrap(wire), client, protocol, (reply, size) -> late.add(Handlers.parsed(reply, size)));
            return null;
        }
        return Handlers.parsed(handler.reply(), length);
    }

    private Message atOnce(String name, ClientKey client, Protocol protocol) {
        Message reply = ask(name, client, protocol);
        assertThat(reply).isNotNull();
        return reply;
    }

    private Message atOnce(String name, ClientKey client) {
        return atOnce(name, client, Protocol.UDP);
    }

    /** Takes all places that one client may have. */
    private void flood(String suffix) {
        silent = true;
        for (int i = 0; i < 2; i++) {
            assertThat(ask("x" + i + "." + suffix, FLOOD, Protocol.UDP)).isNull();
        }
    }

    private static ExtendedErrorCodeOption overloaded() {
        return new ExtendedErrorCodeOption(ExtendedErrorCodeOption.OTHER, "too many questions under way");
    }

    private double counted(String source, String rcode) {
        return meters
                .find("consul.resolver.queries")
                .tag("source", source)
                .tag("rcode", rcode)
                .functionCounters()
                .stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private double prefetches() {
        return meters.find("consul.resolver.refreshes").tag("why", "prefetch").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void who_floods_is_told_so_at_once_and_in_words(Protocol protocol) {
        flood("example.com.");
        Message reply = atOnce("x.example.com.", FLOOD, protocol);

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getOPT().getOptions()).containsExactly(overloaded());
        assertThat(counted("shed", "SERVFAIL")).isEqualTo(1);
        assertThat(asked).isEqualTo(2);
    }

    @Test
    void another_client_is_asked_for_meanwhile() {
        flood("example.com.");
        silent = false;

        assertThat(ask("x.example.com.", ANOTHER, Protocol.UDP)).isNull();
        assertThat(late).singleElement().matches(reply -> reply.getRcode() == Rcode.NOERROR);
    }

    @Test
    void hits_are_answered_to_whoever_floods() {
        ask(HOT, FLOOD, Protocol.UDP);
        flood("example.com.");

        assertThat(atOnce(HOT, FLOOD).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(counted("hit", "NOERROR")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void where_something_was_known_it_is_given_stale_and_with_the_reason(Protocol protocol) {
        ask(OLD, FLOOD, Protocol.UDP);
        time.passMillis(1);
        flood("service.consul.");
        Message reply = atOnce(OLD, FLOOD, protocol);

        assertThat(reply.getSection(Section.ANSWER)).singleElement().matches(record -> record.getTTL() == 1);
        assertThat(reply.getOPT().getOptions())
                .containsExactly(new ExtendedErrorCodeOption(ExtendedErrorCodeOption.STALE_ANSWER), overloaded());
        assertThat(counted("shed", "NOERROR")).isEqualTo(1);
        assertThat(counted("stale", "NOERROR")).isZero();
    }

    @Test
    void who_has_no_place_may_wait_for_what_others_ask() {
        flood("example.com.");
        assertThat(ask("other.example.com.", ANOTHER, Protocol.UDP)).isNull();

        assertThat(ask("other.example.com.", FLOOD, Protocol.UDP)).isNull();
        assertThat(handler.waiting()).isEqualTo(4);
    }

    @Test
    void one_client_has_half_of_the_waiting_places_of_a_loop() {
        silent = true;
        int turnedAway = 0;
        for (int i = 0; i < 6_000; i++) {
            ask("a.example.com.", FLOOD, Protocol.UDP);
            ask("b.example.com.", FLOOD, Protocol.UDP);
        }
        for (Message reply : late) {
            turnedAway += reply.getRcode() == Rcode.SERVFAIL ? 1 : 0;
        }
        assertThat(handler.waiting()).isEqualTo(10_000);
        assertThat(turnedAway).isEqualTo(2_000);
        assertThat(counted("shed", "SERVFAIL")).isEqualTo(2_000);
        ask("a.example.com.", ANOTHER, Protocol.UDP);
        assertThat(handler.waiting()).isEqualTo(10_001);
    }

    @Test
    void waiting_places_are_free_again_when_those_who_waited_have_been_told() {
        silent = true;
        for (int i = 0; i < 12_000; i++) {
            ask(i % 2 == 0 ? "a.example.com." : "b.example.com.", FLOOD, Protocol.UDP);
        }
        handler.giveUp();
        assertThat(handler.waiting()).isZero();
        late.clear();

        ask("a.example.com.", FLOOD, Protocol.UDP);
        assertThat(handler.waiting()).isEqualTo(1);
        assertThat(late).isEmpty();
    }

    @Test
    void the_third_hit_near_the_end_has_the_name_asked_for_again_and_no_client_waits() {
        ask(HOT, ANOTHER, Protocol.UDP);
        time.pass(Duration.ofSeconds(54));
        for (int i = 0; i < 10; i++) {
            atOnce(HOT, ANOTHER);
        }
        assertThat(asked).isEqualTo(1);
        time.settle();

        assertThat(asked).isEqualTo(2);
        assertThat(prefetches()).isEqualTo(1);
        assertThat(atOnce(HOT, ANOTHER).getSection(Section.ANSWER))
                .singleElement()
                .matches(record -> record.getTTL() == 60);
        assertThat(counted("hit", "NOERROR")).isEqualTo(11);
    }

    @Test
    void hits_far_from_the_end_ask_for_nothing() {
        ask(HOT, ANOTHER, Protocol.UDP);
        time.passMillis(53_999);
        for (int i = 0; i < 10; i++) {
            atOnce(HOT, ANOTHER);
        }
        time.settle();

        assertThat(asked).isEqualTo(1);
    }
}
