package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static io.github.consulresolver.upstream.Upstreams.replyOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.TcpQuery;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.Upstreams.Heard;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class RecursorUpstreamTest {
    private static final Question EXAMPLE = Question.of("www.example.com", Type.A);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final Heard heard = new Heard();

    @Test
    void the_first_is_asked_and_the_second_is_not() throws Exception {
        try (ScriptedUpstream first = answering("192.0.2.1");
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.1");
            assertThat(second.received()).isZero();
        }
    }

    /** Takes as long as the first has: 1.5 s. */
    @Test
    void where_the_first_is_silent_the_next_is_asked() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.silent();
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
            assertThat(heard.lines).containsExactly("UDP failed TIMEOUT", "UDP answered 0");
        }
    }

    @Test
    void where_nobody_listens_the_next_is_asked_at_once() throws Exception {
        try (ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(Upstreams.nobody(), second.address()))).isEqualTo("192.0.2.2");
            assertThat(heard.lines).containsExactly("UDP failed UNREACHABLE", "UDP answered 0");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED})
    void where_the_first_cannot_or_will_not_answer_the_next_is_asked(int rcode) throws Exception {
        try (ScriptedUpstream first = saying(rcode);
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
        }
    }

    @Test
    void a_name_that_does_not_exist_does_not_exist() throws Exception {
        try (ScriptedUpstream first = saying(Rcode.NXDOMAIN);
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(new Message(replyOf(ask(first.address(), second.address()))).getRcode())
                    .isEqualTo(Rcode.NXDOMAIN);
            assertThat(second.received()).isZero();
        }
    }

    @Test
    void no_data_is_an_answer() throws Exception {
        try (ScriptedUpstream first = saying(Rcode.NOERROR);
                ScriptedUpstream second = answering("192.0.2.2")) {
            replyOf(ask(first.address(), second.address()));

            assertThat(second.received()).isZero();
        }
    }

    @Test
    void a_truncated_reply_is_asked_for_again_over_TCP_at_the_same_recursor() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(query -> query.reply(
                        isUdp(query)
                                ? Reply.to(query.message()).flag(Flags.TC).opt().wire()
                                : answer(query, "192.0.2.1")));
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.1");
            assertThat(first.received(Protocol.TCP)).isEqualTo(1);
        }
    }

    @Test
    void a_truncated_reply_from_a_recursor_without_TCP_leads_to_the_next() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(RecursorUpstreamTest::truncateAndReset);
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
        }
    }

    @Test
    void a_question_that_somebody_forges_answers_to_goes_over_TCP() throws Exception {
        try (ScriptedUpstream recursor = ScriptedUpstream.start(query -> {
            for (int wrong = 0; isUdp(query) && wrong < 20; wrong++) {
                query.reply(Arrays.copyOf(query.bytes(), 12));
            }
            if (!isUdp(query)) {
                query.reply(answer(query, "192.0.2.1"));
            }
        })) {
            assertThat(addressIn(ask(recursor.address()))).isEqualTo("192.0.2.1");
            assertThat(recursor.received()).isEqualTo(2);
        }
    }

    @Test
    void recursors_that_refuse_are_asked_once_each() throws Exception {
        try (ScriptedUpstream first = saying(Rcode.REFUSED);
                ScriptedUpstream second = saying(Rcode.SERVFAIL)) {
            UpstreamException failure = failureOf(ask(first.address(), second.address()));

            assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
            assertThat(failure).hasMessageContaining("response code 2");
            assertThat(first.received()).isEqualTo(1);
            assertThat(second.received()).isEqualTo(1);
        }
    }

    @Test
    void one_that_failed_has_a_second_turn_also_where_the_last_refused() throws Exception {
        AtomicInteger datagrams = new AtomicInteger();
        try (ScriptedUpstream first = ScriptedUpstream.start(query -> {
                    if (isUdp(query) && datagrams.incrementAndGet() == 2) {
                        query.reply(answer(query, "192.0.2.1"));
                    } else {
                        truncateAndReset(query);
                    }
                });
                ScriptedUpstream second = saying(Rcode.REFUSED)) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.1");
            assertThat(second.received()).isEqualTo(1);
        }
    }

    @Test
    void nobody_has_a_third_turn() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(RecursorUpstreamTest::truncateAndReset);
                ScriptedUpstream second = ScriptedUpstream.start(RecursorUpstreamTest::truncateAndReset)) {
            assertThat(failureOf(ask(first.address(), second.address())).reason())
                    .isEqualTo(Reason.CLOSED);
            assertThat(first.received(Protocol.UDP)).isEqualTo(2);
            assertThat(second.received(Protocol.UDP)).isEqualTo(2);
        }
    }

    @Test
    void without_recursors_every_question_fails_and_says_why() {
        UpstreamException failure = failureOf(ask());

        assertThat(failure.reason()).isEqualTo(Reason.NO_UPSTREAM);
        assertThat(failure).hasMessage("no recursor is known for www.example.com.");
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.FORMERR, Rcode.NOTIMP, Rcode.BADVERS})
    void one_that_does_not_understand_EDNS_is_asked_without(int rcode) throws Exception {
        try (ScriptedUpstream recursor = ScriptedUpstream.start(query -> {
            if (query.message().getOPT() == null) {
                query.reply(answer(query, "192.0.2.1"));
                return;
            }
            Message reply = Reply.to(query.message()).rcode(rcode & 15).message();
            if (rcode > 15) {
                reply.addRecord(new OPTRecord(1232, rcode >> 4, 0), Section.ADDITIONAL);
            }
            query.reply(reply);
        })) {
            assertThat(addressIn(ask(recursor.address()))).isEqualTo("192.0.2.1");
            assertThat(recursor.received()).isEqualTo(2);
        }
    }

    @Test
    void one_that_cuts_and_does_not_understand_EDNS_is_asked_without_over_TCP_too() throws Exception {
        try (ScriptedUpstream recursor = ScriptedUpstream.start(query -> {
            if (query.message().getOPT() != null) {
                query.reply(Reply.to(query.message()).rcode(Rcode.FORMERR).wire());
            } else if (isUdp(query)) {
                query.reply(Reply.to(query.message()).flag(Flags.TC).wire());
            } else {
                query.reply(answer(query, "192.0.2.1"));
            }
        })) {
            assertThat(addressIn(ask(recursor.address()))).isEqualTo("192.0.2.1");
        }
    }

    @Test
    void an_answer_cut_over_TCP_too_leads_to_the_next() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(query -> query.reply(
                        Reply.to(query.message()).flag(Flags.TC).opt().wire()));
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
        }
    }

    @Test
    void an_answer_of_other_names_leads_to_the_next() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(query -> query.reply(Reply.to(query.message())
                        .answer("www.example.com. 60 IN A 192.0.2.1", "bank.example. 60 IN A 192.0.2.66")
                        .wire()));
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
        }
    }

    @Test
    void broken_answers_over_UDP_and_TCP_lead_to_the_next() throws Exception {
        try (ScriptedUpstream first = ScriptedUpstream.start(query -> {
                    byte[] reply = answer(query, "192.0.2.1");
                    query.reply(Arrays.copyOf(reply, reply.length - 1));
                });
                ScriptedUpstream second = answering("192.0.2.2")) {
            assertThat(addressIn(ask(first.address(), second.address()))).isEqualTo("192.0.2.2");
            assertThat(first.received(Protocol.TCP)).isEqualTo(1);
        }
    }

    private CompletableFuture<byte[]> ask(InetSocketAddress... recursors) {
        return new RecursorUpstream(List.of(recursors), UPSTREAMS.transport(), heard).ask(EXAMPLE);
    }

    private static ScriptedUpstream answering(String address) {
        return ScriptedUpstream.start(query -> query.reply(answer(query, address)));
    }

    private static ScriptedUpstream saying(int rcode) {
        return ScriptedUpstream.start(query ->
                query.reply(Reply.to(query.message()).rcode(rcode).opt().wire()));
    }

    private static void truncateAndReset(ClientQuery query) throws Exception {
        if (query instanceof TcpQuery tcp) {
            tcp.reset();
        } else {
            query.reply(Reply.to(query.message()).flag(Flags.TC).opt().wire());
        }
    }

    private static boolean isUdp(ClientQuery query) {
        return query.protocol() == Protocol.UDP;
    }

    private static byte[] answer(ClientQuery query, String address) {
        return Reply.to(query.message())
                .answer("www.example.com. 60 IN A " + address)
                .opt()
                .wire();
    }

    private static String addressIn(CompletableFuture<byte[]> asked) throws Exception {
        return new Message(replyOf(asked)).getSection(Section.ANSWER).get(0).rdataToString();
    }
}
