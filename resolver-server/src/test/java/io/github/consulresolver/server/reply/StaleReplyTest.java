package io.github.consulresolver.server.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Answers whose time is over, as they are written. */
final class StaleReplyTest {
    private static final String NAME = "web.service.consul.";

    private final ReplyWriter writer = new ReplyWriter(3, 1232, Duration.ofSeconds(10), new SplittableRandom(1));

    private Message stale(Query query, AnswerSet answers, int ttl, @Nullable ExtendedError reason, boolean tcp) {
        ByteBuffer out = ByteBuffer.allocate(0xffff);
        int length = writer.stale(query, answers, ttl, reason, tcp, out);
        byte[] bytes = new byte[length];
        out.get(0, bytes);
        return Asked.parsed(bytes);
    }

    private static AnswerSet instances() throws MalformedMessageException {
        return InstanceSet.of(
                Reply.to(NAME, Type.SRV)
                        .answer(
                                NAME + " 0 IN SRV 1 1 80 a.node.dc1.consul.",
                                NAME + " 7200 IN SRV 1 1 81 b.node.dc1.consul.")
                        .additional("a.node.dc1.consul. 0 IN A 10.0.0.1", "b.node.dc1.consul. 9 IN A 10.0.0.2")
                        .wire(),
                false);
    }

    private static AnswerSet verbatim() throws MalformedMessageException {
        return VerbatimAnswer.of(
                Reply.to("www.example.com.", Type.A)
                        .answer(
                                "www.example.com. 0 IN CNAME w.example.com.",
                                "w.example.com. 5 IN A 192.0.2.1",
                                "w.example.com. 86400 IN A 192.0.2.2")
                        .wire(),
                86_400);
    }

    private static Stream<Record> records(Message reply) {
        return Stream.of(Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL)
                .flatMap(section -> reply.getSection(section).stream())
                .filter(record -> record.getType() != Type.OPT);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30, 3600})
    void every_record_of_an_agent_has_the_ttl_of_stale_answers(int ttl) throws MalformedMessageException {
        Query query = Asked.of(NAME, Type.SRV).edns(4096).query();

        assertThat(records(stale(query, instances(), ttl, null, false)))
                .hasSize(4)
                .allMatch(record -> record.getTTL() == ttl);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30, 3600})
    void every_record_of_a_recursor_has_the_ttl_of_stale_answers(int ttl) throws MalformedMessageException {
        Query query = Asked.of("www.example.com.", Type.A).query();

        assertThat(records(stale(query, verbatim(), ttl, null, false)))
                .hasSize(3)
                .allMatch(record -> record.getTTL() == ttl);
    }

    @Test
    void the_fresh_answers_after_it_have_their_own_ttls() throws MalformedMessageException {
        stale(Asked.of(NAME, Type.SRV).query(), instances(), 30, null, false);
        Message fresh = Asked.of(NAME, Type.SRV).edns(4096).overUdp(writer, instances(), 3);

        assertThat(records(fresh)).extracting(Record::getTTL).containsExactlyInAnyOrder(0L, 7197L, 0L, 6L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_client_with_edns_is_told_that_it_is_stale_and_why(boolean tcp) throws MalformedMessageException {
        Query query = Asked.of(NAME, Type.SRV).edns(4096).query();
        Message reply = stale(query, instances(), 1, ExtendedError.NETWORK_ERROR, tcp);

        assertThat(reply.getOPT().getOptions())
                .containsExactly(
                        new ExtendedErrorCodeOption(ExtendedErrorCodeOption.STALE_ANSWER),
                        new ExtendedErrorCodeOption(ExtendedErrorCodeOption.NETWORK_ERROR));
    }

    @Test
    void with_nothing_to_say_of_the_reason_it_is_told_that_it_is_stale() throws MalformedMessageException {
        Query query = Asked.of(NAME, Type.SRV).edns(4096).query();

        assertThat(stale(query, instances(), 1, null, false).getOPT().getOptions())
                .containsExactly(new ExtendedErrorCodeOption(ExtendedErrorCodeOption.STALE_ANSWER));
    }

    @Test
    void both_codes_are_within_the_clients_size() throws MalformedMessageException {
        for (int size = 512; size < 700; size++) {
            Query query = Asked.of("www.example.com.", Type.A).edns(size).query();
            AnswerSet large = VerbatimAnswer.of(
                    Reply.to("www.example.com.", Type.TXT)
                            .answer(Stream.of("a", "b", "c")
                                    .map(letter -> "www.example.com. 5 IN TXT " + letter.repeat(150))
                                    .toArray(String[]::new))
                            .wire(),
                    86_400);
            Message reply = stale(query, large, 1, ExtendedError.NO_REACHABLE_AUTHORITY, false);

            assertThat(reply.numBytes()).isLessThanOrEqualTo(size);
            assertThat(reply.getOPT().getOptions()).hasSize(2);
            assertThat(reply.getHeader().getFlag(Flags.TC))
                    .isEqualTo(reply.getSection(Section.ANSWER).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_failure_from_memory_says_that_it_is_one(boolean tcp) throws MalformedMessageException {
        Message reply = failedBefore(instances(), tcp);

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getOPT().getOptions())
                .isEqualTo(List.of(
                        new ExtendedErrorCodeOption(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY),
                        new ExtendedErrorCodeOption(ExtendedErrorCodeOption.CACHED_ERROR)));
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED})
    void what_an_agent_said_instead_of_an_answer_is_said_again(int rcode) throws MalformedMessageException {
        AnswerSet refusal = InstanceSet.of(
                Reply.to(NAME, Type.A).rcode(rcode).flag(Flags.AA).wire(), false);
        Message reply = failedBefore(refusal, false);

        assertThat(reply.getRcode()).isEqualTo(rcode);
        assertThat(reply.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(reply.getOPT().getOptions())
                .contains(new ExtendedErrorCodeOption(ExtendedErrorCodeOption.CACHED_ERROR));
    }

    private Message failedBefore(AnswerSet answers, boolean tcp) {
        ByteBuffer out = ByteBuffer.allocate(0xffff);
        Query query = Asked.of(NAME, Type.A).edns(1232).query();
        byte[] bytes = new byte[writer.failedBefore(query, answers, ExtendedError.NO_REACHABLE_AUTHORITY, tcp, out)];
        out.get(0, bytes);
        return Asked.parsed(bytes);
    }
}
