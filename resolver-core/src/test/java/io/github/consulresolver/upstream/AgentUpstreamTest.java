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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class AgentUpstreamTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final Heard heard = new Heard();

    @Test
    void a_thousand_instances_come_in_one_datagram() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            assertThat(query.message().getOPT().getPayloadSize()).isEqualTo(65_000);
            query.reply(instances(query, 1_000).opt().wire());
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(1_000);
            assertThat(agent.received(Protocol.UDP)).isEqualTo(1);
            assertThat(agent.received(Protocol.TCP)).isZero();
        }
    }

    @Test
    void a_truncated_reply_is_asked_for_again_over_TCP() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 1).flag(Flags.TC).opt().wire()
                        : instances(query, 5).opt().wire()))) {
            assertThat(instancesIn(ask(agent))).isEqualTo(5);
        }
    }

    @Test
    void a_truncated_reply_without_answers_is_asked_for_again_over_TCP() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 0).flag(Flags.TC).opt().wire()
                        : instances(query, 5).opt().wire()))) {
            assertThat(instancesIn(ask(agent))).isEqualTo(5);
        }
    }

    /** An agent loses the OPT record when it cuts, and does not say that it did. */
    @Test
    void a_reply_without_OPT_may_be_cut_and_TCP_has_the_rest() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 3).wire()
                        : instances(query, 5).opt().wire()))) {
            assertThat(instancesIn(ask(agent))).isEqualTo(5);
        }
    }

    @Test
    void the_larger_answer_counts_where_TCP_has_less() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 5).wire()
                        : instances(query, 3).opt().wire()))) {
            assertThat(instancesIn(ask(agent))).isEqualTo(5);
            assertThat(agent.received(Protocol.TCP)).isEqualTo(1);
        }
    }

    @Test
    void what_came_over_UDP_counts_where_TCP_fails() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (isUdp(query)) {
                query.reply(instances(query, 3).wire());
            } else {
                ((TcpQuery) query).reset();
            }
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(3);
            assertThat(heard.lines).containsExactly("UDP answered 0", "TCP failed CLOSED");
        }
    }

    @Test
    void what_may_be_cut_is_marked_as_truncated_whatever_the_agent_said() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (isUdp(query)) {
                query.reply(instances(query, 3).wire());
            } else {
                ((TcpQuery) query).reset();
            }
        })) {
            assertThat(isTruncated(ask(agent))).isTrue();
        }
    }

    @Test
    void what_is_whole_over_TCP_is_not_marked() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 3).flag(Flags.TC).wire()
                        : instances(query, 5).opt().wire()))) {
            assertThat(isTruncated(ask(agent))).isFalse();
        }
    }

    @Test
    void a_reply_that_lost_its_OPT_over_TCP_too_is_marked() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(
                query -> query.reply(instances(query, isUdp(query) ? 3 : 5).wire()))) {
            byte[] reply = ask(agent);

            assertThat(instancesIn(reply)).isEqualTo(5);
            assertThat(isTruncated(reply)).isTrue();
        }
    }

    @Test
    void as_many_SRV_records_as_an_agent_gives_over_TCP_may_not_be_all() throws Exception {
        Question srv = Question.of("orders.service.consul", Type.SRV);
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            String[] records = Stream.iterate(0, i -> i + 1)
                    .limit(isUdp(query) ? 3 : 1_024)
                    .map(i -> "orders.service.consul. 0 IN SRV 1 1 " + i + " n.node.dc1.consul.")
                    .toArray(String[]::new);
            Reply reply = Reply.to(query.message()).answer(records).opt();
            query.reply(isUdp(query) ? reply.flag(Flags.TC).wire() : reply.wire());
        })) {
            byte[] reply = replyOf(new AgentUpstream(agent.address(), UPSTREAMS.transport(), heard).ask(srv));

            assertThat(instancesIn(reply)).isEqualTo(1_024);
            assertThat(isTruncated(reply)).isTrue();
        }
    }

    @Test
    void what_was_cut_down_to_nothing_is_no_answer_where_TCP_fails() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (isUdp(query)) {
                query.reply(instances(query, 0).flag(Flags.TC).opt().wire());
            } else {
                ((TcpQuery) query).reset();
            }
        })) {
            AgentUpstream upstream = new AgentUpstream(agent.address(), UPSTREAMS.transport(), heard);

            assertThat(failureOf(upstream.ask(ORDERS)).reason()).isEqualTo(Reason.CLOSED);
        }
    }

    private static boolean isTruncated(byte[] reply) throws IOException {
        return new Message(reply).getHeader().getFlag(Flags.TC);
    }

    @Test
    void a_reply_near_the_largest_size_may_be_cut_and_TCP_has_the_rest() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> query.reply(
                isUdp(query)
                        ? instances(query, 3).opt().wire(64_992)
                        : instances(query, 5).opt().wire()))) {
            assertThat(instancesIn(ask(agent))).isEqualTo(5);
        }
    }

    /** Consul 1.8 adds the OPT record after it cut. */
    @Test
    void a_reply_a_little_larger_than_the_largest_size_is_read() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (isUdp(query)) {
                query.reply(instances(query, 3).opt().wire(65_011));
            } else {
                ((TcpQuery) query).reset();
            }
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(3);
        }
    }

    @Test
    void a_name_that_does_not_exist_is_believed_at_once_also_without_OPT() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(
                query -> query.reply(instances(query, 0).rcode(Rcode.NXDOMAIN).wire()))) {
            assertThat(new Message(ask(agent)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(agent.received()).isEqualTo(1);
        }
    }

    @Test
    void no_data_is_believed_at_once_also_without_OPT() throws Exception {
        try (ScriptedUpstream agent =
                ScriptedUpstream.start(query -> query.reply(instances(query, 0).wire()))) {
            assertThat(instancesIn(ask(agent))).isZero();
            assertThat(agent.received()).isEqualTo(1);
        }
    }

    @Test
    void a_server_failure_is_passed_on() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query ->
                query.reply(instances(query, 0).rcode(Rcode.SERVFAIL).opt().wire()))) {
            assertThat(new Message(ask(agent)).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(heard.lines).containsExactly("UDP answered 2");
        }
    }

    @Test
    void an_agent_that_is_not_there_fails_at_once() throws Exception {
        AgentUpstream agent = new AgentUpstream(Upstreams.nobody(), UPSTREAMS.transport(), heard);

        assertThat(failureOf(agent.ask(ORDERS)).reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(heard.lines).containsExactly("UDP failed UNREACHABLE");
    }

    @Test
    void after_twenty_wrong_replies_the_question_goes_over_TCP() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            for (int wrong = 0; isUdp(query) && wrong < 20; wrong++) {
                query.reply(Arrays.copyOf(query.bytes(), 12));
            }
            if (!isUdp(query)) {
                query.reply(instances(query, 2).opt().wire());
            }
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(2);
            assertThat(heard.lines).endsWith("UDP dropped", "UDP failed MISMATCHED", "TCP answered 0");
        }
    }

    @Test
    void a_broken_reply_is_asked_for_again_over_TCP() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            byte[] reply = instances(query, 2).opt().wire();
            query.reply(isUdp(query) ? Arrays.copyOf(reply, reply.length - 1) : reply);
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(2);
            assertThat(heard.lines).containsExactly("UDP dropped", "UDP failed MISMATCHED", "TCP answered 0");
        }
    }

    @Test
    void a_reply_cut_to_nothing_is_no_answer_where_TCP_has_none() {
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (isUdp(query)) {
                query.reply(instances(query, 0).flag(Flags.TC).opt().wire());
            } else {
                ((TcpQuery) query).reset();
            }
        })) {
            assertThat(failure(agent).reason()).isEqualTo(Reason.CLOSED);
        }
    }

    @Test
    void a_reply_cut_to_nothing_over_TCP_too_is_no_answer() {
        try (ScriptedUpstream agent = ScriptedUpstream.start(
                query -> query.reply(instances(query, 0).flag(Flags.TC).opt().wire()))) {
            assertThat(failure(agent).reason()).isEqualTo(Reason.MISMATCHED);
        }
    }

    /** Takes as long as the first try may: 1.5 s. */
    @Test
    void a_lost_datagram_is_sent_again() throws Exception {
        AtomicInteger queries = new AtomicInteger();
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            if (queries.incrementAndGet() == 2) {
                query.reply(instances(query, 2).opt().wire());
            }
        })) {
            assertThat(instancesIn(ask(agent))).isEqualTo(2);
            assertThat(heard.lines).containsExactly("UDP failed TIMEOUT", "UDP answered 0");
        }
    }

    @Test
    void many_questions_at_the_same_time_have_each_their_answer() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> query.reply(Reply.to(query.message())
                .answer(query.message().getQuestion().getName() + " 0 IN CNAME of."
                        + query.message().getQuestion().getName())
                .opt()
                .wire()))) {
            AgentUpstream agent = new AgentUpstream(server.address(), UPSTREAMS.transport(), heard);
            CompletableFuture<?>[] asked = IntStream.range(0, 200)
                    .mapToObj(i -> agent.ask(Question.of("s" + i + ".service.consul", Type.A))
                            .thenAccept(reply -> assertThat(new String(reply, StandardCharsets.ISO_8859_1))
                                    .contains("s" + i)))
                    .toArray(CompletableFuture[]::new);

            CompletableFuture.allOf(asked).get(30, TimeUnit.SECONDS);
        }
    }

    private byte[] ask(ScriptedUpstream server) throws Exception {
        return replyOf(new AgentUpstream(server.address(), UPSTREAMS.transport(), heard).ask(ORDERS));
    }

    private UpstreamException failure(ScriptedUpstream server) {
        return failureOf(new AgentUpstream(server.address(), UPSTREAMS.transport(), heard).ask(ORDERS));
    }

    private static boolean isUdp(ClientQuery query) {
        return query.protocol() == Protocol.UDP;
    }

    private static Reply instances(ClientQuery query, int count) {
        return Reply.to(query.message())
                .answer(Stream.iterate(0, i -> i + 1)
                        .limit(count)
                        .map(i -> "orders.service.consul. 0 IN A 10.0." + i / 250 + "." + i % 250)
                        .toArray(String[]::new));
    }

    private static int instancesIn(byte[] reply) throws IOException {
        return new Message(reply).getSection(Section.ANSWER).size();
    }
}
