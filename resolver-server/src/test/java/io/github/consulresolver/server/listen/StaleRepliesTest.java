package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What clients see while an upstream has no answer, and on which way it comes to them. */
final class StaleRepliesTest {
    private static final String NAME = "web.service.consul.";
    private static final ClientKey CLIENT = new ClientKey(1);
    private static final int STALE_ANSWER = 3;
    private static final int CACHED_ERROR = 13;
    private static final int NO_REACHABLE_AUTHORITY = 22;
    private static final int NETWORK_ERROR = 23;

    private final VirtualTime time = new VirtualTime();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Message> late = new ArrayList<>();
    private int asked;
    private Function<Question, CompletableFuture<byte[]>> upstream = StaleRepliesTest::answer;

    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), this::ask),
                    Zone.recursive(DomainName.ROOT, this::ask, 86_400))),
            cache,
            time,
            time);
    private final QueryHandler handler = Handlers.handler(cache, resolver, meters, time, Runnable::run);

    private CompletableFuture<byte[]> ask(Question question) {
        asked++;
        return upstream.apply(question);
    }

    private static CompletableFuture<byte[]> answer(Question question) {
        Reply reply = Reply.to(question.name(), question.type());
        if (question.type() == Type.A) {
            int ttl = question.name().equals(NAME) ? 0 : 60;
            reply.answer(question.name() + " " + ttl + " IN A 10.0.0.1");
        }
        return CompletableFuture.completedFuture(reply.wire());
    }

    private void fails(Reason reason) {
        upstream = question -> CompletableFuture.failedFuture(new UpstreamException(reason, "as the test wants it"));
    }

    private void isSilent() {
        upstream = question -> new CompletableFuture<>();
    }

    private void isKnown(String name) {
        assertThat(waiting(query(name, Type.A, true), Protocol.UDP)).isNull();
        assertThat(late.remove(0).getRcode()).isEqualTo(Rcode.NOERROR);
        time.pass(Duration.ofSeconds(61));
    }

    private static Message query(String name, int type, boolean edns) {
        Message query = DnsClient.question(name, type);
        if (edns) {
            query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        }
        return query;
    }

    /** The reply that comes at once; null when it is {@link #late}. */
    private @Nullable Message waiting(Message query, Protocol protocol) {
        byte[] wire = query.toWire();
        handler.tick();
        int length = handler.handle(ByteBuffer.wrap(wire), 0, wire.length, protocol, true);
        if (length == QueryHandler.LATER) {
            handler.answerLater(
                    ByteBuffer.wrap(wire), CLIENT, protocol, (reply, size) -> late.add(Handlers.parsed(reply, size)));
            return null;
        }
        return Handlers.parsed(handler.reply(), length);
    }

    /** The reply, which comes at once: on the loop that received the query. */
    private Message atOnce(Message query, Protocol protocol) {
        Message reply = waiting(query, protocol);
        assertThat(reply).isNotNull();
        return reply;
    }

    private Message atOnce(String name) {
        return atOnce(query(name, Type.A, true), Protocol.UDP);
    }

    private static List<Integer> errors(Message reply) {
        List<Integer> codes = new ArrayList<>();
        for (EDNSOption option : reply.getOPT().getOptions()) {
            codes.add(((ExtendedErrorCodeOption) option).getErrorCode());
        }
        return codes;
    }

    private double counted(String source) {
        return meters.find("consul.resolver.queries").tag("source", source).functionCounters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void the_first_client_waits_and_then_has_the_stale_answer(Protocol protocol) {
        isKnown("www.example.com.");
        isSilent();
        assertThat(waiting(query("www.example.com.", Type.A, true), protocol)).isNull();
        time.passMillis(1799);
        assertThat(late).isEmpty();

        time.passMillis(1);
        assertThat(late).hasSize(1);
        assertThat(late.get(0).getSection(Section.ANSWER)).hasSize(1);
        assertThat(errors(late.get(0))).containsExactly(STALE_ANSWER, NO_REACHABLE_AUTHORITY);
        assertThat(counted("stale")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void the_next_has_it_on_the_loop_that_received_the_query(Protocol protocol) {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), protocol);
        int before = asked;
        Message reply = atOnce(query("www.example.com.", Type.A, true), protocol);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(errors(reply)).containsExactly(STALE_ANSWER, NO_REACHABLE_AUTHORITY);
        assertThat(asked).isEqualTo(before);
        assertThat(counted("stale")).isEqualTo(2);
    }

    @Test
    void a_stale_answer_of_an_agent_has_a_ttl_of_1_s_although_it_came_with_0() {
        waiting(query(NAME, Type.A, true), Protocol.UDP);
        time.passMillis(1);
        fails(Reason.UNREACHABLE);
        waiting(query(NAME, Type.A, true), Protocol.UDP);

        assertThat(ttls(atOnce(NAME))).containsOnly(1L);
    }

    @Test
    void a_stale_answer_of_a_recursor_has_a_ttl_of_30_s() {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);

        assertThat(ttls(atOnce("www.example.com."))).containsOnly(30L);
    }

    private static List<Long> ttls(Message reply) {
        return reply.getSection(Section.ANSWER).stream().map(Record::getTTL).toList();
    }

    @Test
    void what_broke_off_is_told_as_a_network_error() {
        isKnown("www.example.com.");
        fails(Reason.CLOSED);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);

        assertThat(errors(atOnce("www.example.com."))).containsExactly(STALE_ANSWER, NETWORK_ERROR);
    }

    @Test
    void a_client_without_edns_is_told_no_code() {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        Message reply = atOnce(query("www.example.com.", Type.A, false), Protocol.UDP);

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT()).isNull();
    }

    @Test
    void a_fresh_answer_has_no_code() {
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);

        assertThat(errors(atOnce("www.example.com."))).isEmpty();
    }

    @Test
    void that_a_known_name_has_no_address_of_the_other_family_comes_at_once_as_well() {
        isKnown("www.example.com.");
        waiting(query("www.example.com.", Type.AAAA, true), Protocol.UDP);
        time.passMillis(1);
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        waiting(query("www.example.com.", Type.AAAA, true), Protocol.UDP);
        Message reply = atOnce(query("www.example.com.", Type.AAAA, true), Protocol.UDP);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(errors(reply)).containsExactly(STALE_ANSWER, NO_REACHABLE_AUTHORITY);
    }

    @Test
    void what_failed_a_moment_ago_is_a_failure_at_once() {
        fails(Reason.TIMEOUT);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        Message reply = atOnce("www.example.com.");

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(errors(reply)).containsExactly(NO_REACHABLE_AUTHORITY, CACHED_ERROR);
        assertThat(asked).isEqualTo(1);
        assertThat(counted("failure")).isEqualTo(1);
    }

    @Test
    void the_client_who_finds_that_out_is_told_of_no_memory() {
        fails(Reason.MISMATCHED);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);

        assertThat(late.get(0).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(errors(late.get(0))).containsExactly(NETWORK_ERROR);
    }

    @Test
    void a_refresh_begins_with_a_client_and_nobody_waits_for_it() {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        upstream = StaleRepliesTest::answer;
        time.pass(Duration.ofSeconds(1));
        int before = asked;
        assertThat(errors(atOnce("www.example.com."))).contains(STALE_ANSWER);
        assertThat(asked).isEqualTo(before);
        time.settle();

        assertThat(asked).isEqualTo(before + 1);
        assertThat(errors(atOnce("www.example.com."))).isEmpty();
        assertThat(ttls(atOnce("www.example.com."))).containsOnly(60L);
    }

    @Test
    void a_refresh_under_way_is_not_begun_again() {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        isSilent();
        time.pass(Duration.ofSeconds(1));
        int before = asked;
        for (int i = 0; i < 1_000; i++) {
            atOnce("www.example.com.");
            time.passMillis(1);
        }
        assertThat(asked).isEqualTo(before + 1);
    }

    @Test
    void the_case_of_the_question_comes_back() {
        isKnown("www.example.com.");
        fails(Reason.UNREACHABLE);
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        Message reply = atOnce("wWw.ExAmPlE.cOm.");

        assertThat(reply.getQuestion().getName()).hasToString("wWw.ExAmPlE.cOm.");
    }

    @Test
    void when_it_ends_those_who_wait_for_a_silent_upstream_are_told() {
        isKnown("www.example.com.");
        isSilent();
        waiting(query("www.example.com.", Type.A, true), Protocol.UDP);
        handler.giveUp();
        assertThat(late).hasSize(1);

        time.pass(Duration.ofSeconds(2));
        assertThat(late).hasSize(1);
    }
}
