package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static io.github.consulresolver.upstream.Upstreams.replyOf;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.TcpQuery;
import io.github.consulresolver.consul.UdpQuery;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.Upstreams.Heard;
import io.netty.channel.ChannelException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ExchangesTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(50);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final Heard heard = new Heard();
    private final Exchanges exchanges = Exchanges.apart(UPSTREAMS.transport(), heard);

    /** What a forger, or a server that is confused, may send. */
    enum Forgery {
        WRONG_ID {
            @Override
            void spoil(byte[] reply) {
                reply[1] ^= 1;
            }
        },
        WRONG_NAME {
            @Override
            void spoil(byte[] reply) {
                reply[13] ^= 1;
            }
        },
        WRONG_TYPE {
            @Override
            void spoil(byte[] reply) {
                reply[12 + 23 + 1] = 28;
            }
        },
        WRONG_CLASS {
            @Override
            void spoil(byte[] reply) {
                reply[12 + 23 + 3] = 3;
            }
        },
        NO_RESPONSE {
            @Override
            void spoil(byte[] reply) {
                reply[2] &= 0x7f;
            }
        },
        ANOTHER_OPERATION {
            @Override
            void spoil(byte[] reply) {
                reply[2] |= 0x20;
            }
        },
        NO_QUESTION {
            @Override
            void spoil(byte[] reply) {
                reply[5] = 0;
            }
        };

        abstract void spoil(byte[] reply);
    }

    @ParameterizedTest
    @EnumSource
    void what_does_not_answer_the_question_is_dropped_and_counted_and_the_answer_taken(Forgery forgery)
            throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] forged = answer(query, "192.0.2.66");
            forgery.spoil(forged);
            query.reply(forged);
            query.reply(answer(query, "10.0.0.1"));
        })) {
            byte[] reply = replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG));

            assertThat(new Message(reply).toString()).contains("10.0.0.1").doesNotContain("192.0.2.66");
            assertThat(heard.lines).containsExactly("UDP dropped", "UDP answered 0");
        }
    }

    @Test
    void a_datagram_shorter_than_a_header_is_dropped() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            query.reply(new byte[0]);
            query.reply(Arrays.copyOf(query.bytes(), 3));
            query.reply(answer(query, "10.0.0.1"));
        })) {
            replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG));

            assertThat(heard.lines).endsWith("UDP dropped", "UDP answered 0");
        }
    }

    @Test
    void a_reply_from_another_port_is_never_seen() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            ((UdpQuery) query).replyFromAnotherPort(answer(query, "192.0.2.66"));
            query.reply(answer(query, "10.0.0.1"));
        })) {
            byte[] reply = replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG));

            assertThat(new Message(reply).toString()).contains("10.0.0.1");
            assertThat(heard.lines).containsExactly("UDP answered 0");
        }
    }

    @Test
    void the_case_of_the_name_may_change_on_the_way() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] reply = answer(query, "10.0.0.1");
            reply[13] = 'O';
            query.reply(reply);
        })) {
            assertThat(replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG)))
                    .isNotEmpty();
        }
    }

    @Test
    void twenty_wrong_replies_are_enough() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            for (int id = 0; id < 20; id++) {
                query.reply(Arrays.copyOf(query.bytes(), 12 + id));
            }
        })) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, LONG))
                            .reason())
                    .isEqualTo(Reason.MISMATCHED);
            assertThat(heard.lines).hasSize(21).endsWith("UDP failed MISMATCHED");
        }
    }

    @Test
    void a_query_says_what_we_want() throws Exception {
        AtomicReference<Message> received = new AtomicReference<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            received.set(query.message());
            query.reply(answer(query, "10.0.0.1"));
        })) {
            byte[] wire = ORDERS.toWire();
            Question signed = Question.copyOf(
                    ByteBuffer.wrap(wire), 0, wire.length, Question.DNSSEC_OK | Question.CHECKING_DISABLED);
            replyOf(exchanges.udp(server.address(), signed, 1232, LONG));
            OPTRecord opt = received.get().getOPT();

            assertThat(received.get().getQuestion().getName()).hasToString("orders.service.consul.");
            assertThat(received.get().getHeader().getFlag(Flags.RD)).isTrue();
            assertThat(received.get().getHeader().getFlag(Flags.CD)).isTrue();
            assertThat(opt.getPayloadSize()).isEqualTo(1232);
            assertThat(opt.getVersion()).isZero();
            assertThat(opt.getFlags()).isEqualTo(0x8000);
        }
    }

    @Test
    void ids_and_source_ports_change_from_query_to_query() throws Exception {
        Set<Integer> ids = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(10_000);
            for (int i = 0; i < 10; i++) {
                exchanges.udp((InetSocketAddress) server.getLocalSocketAddress(), ORDERS, 1232, LONG);
                DatagramPacket query = new DatagramPacket(new byte[512], 512);
                server.receive(query);
                ids.add(ByteBuffer.wrap(query.getData()).getShort() & 0xffff);
                ports.add(query.getPort());
            }
        }
        // Two of ten may be the same by chance, half of them may not.
        assertThat(ids).hasSizeGreaterThan(5);
        assertThat(ports).hasSizeGreaterThan(5);
    }

    @Test
    void a_port_where_nobody_listens_fails_at_once() throws Exception {
        assertThat(failureOf(exchanges.udp(Upstreams.nobody(), ORDERS, 1232, LONG))
                        .reason())
                .isEqualTo(Reason.UNREACHABLE);
        assertThat(failureOf(exchanges.tcp(Upstreams.nobody(), ORDERS, LONG)).reason())
                .isEqualTo(Reason.UNREACHABLE);
        assertThat(heard.lines).containsExactly("UDP failed UNREACHABLE", "TCP failed UNREACHABLE");
    }

    @Test
    void silence_ends_with_the_time_out() {
        try (ScriptedUpstream server = ScriptedUpstream.silent()) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, SHORT)))
                    .hasMessageContaining("no answer within")
                    .extracting(UpstreamException::reason)
                    .isEqualTo(Reason.TIMEOUT);
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, SHORT)).reason())
                    .isEqualTo(Reason.TIMEOUT);
        }
    }

    @Test
    void without_time_nobody_is_asked() {
        try (ScriptedUpstream server = ScriptedUpstream.silent()) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, Duration.ZERO))
                            .reason())
                    .isEqualTo(Reason.TIMEOUT);
            assertThat(server.received()).isZero();
        }
    }

    @Test
    void a_reply_a_little_larger_than_advertised_is_taken_whole() throws Exception {
        try (ScriptedUpstream server =
                ScriptedUpstream.start(query -> query.reply(reply(query).wire(1232 + 11)))) {
            assertThat(replyOf(exchanges.udp(server.address(), ORDERS, 1232, LONG)))
                    .hasSize(1243);
        }
    }

    @Test
    void a_reply_over_TCP_that_comes_in_pieces_is_put_together() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] reply = answer(query, "10.0.0.1");
            TcpQuery tcp = (TcpQuery) query;
            tcp.write(new byte[] {0});
            tcp.write(new byte[] {(byte) reply.length});
            for (byte b : reply) {
                tcp.write(new byte[] {b});
            }
        })) {
            byte[] reply = replyOf(exchanges.tcp(server.address(), ORDERS, LONG));

            assertThat(new Message(reply).toString()).contains("10.0.0.1");
            assertThat(heard.lines).containsExactly("TCP answered 0");
        }
    }

    @Test
    void the_largest_reply_over_TCP_is_taken_whole() throws Exception {
        try (ScriptedUpstream server =
                ScriptedUpstream.start(query -> query.reply(reply(query).wire(65_535)))) {
            assertThat(replyOf(exchanges.tcp(server.address(), ORDERS, LONG))).hasSize(65_535);
        }
    }

    @Test
    void half_a_reply_over_TCP_and_then_the_end_is_a_failure() {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            ((TcpQuery) query).write(new byte[] {0, 100, 1, 2, 3});
            ((TcpQuery) query).close();
        })) {
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(Reason.CLOSED);
        }
    }

    @Test
    void a_connection_that_is_reset_was_no_unreachable_server() {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> ((TcpQuery) query).reset())) {
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(Reason.CLOSED);
        }
    }

    @Test
    void a_reply_over_TCP_of_no_bytes_is_a_failure_at_once() {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> query.reply(new byte[0]))) {
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(Reason.MISMATCHED);
            assertThat(heard.lines).containsExactly("TCP dropped", "TCP failed MISMATCHED");
        }
    }

    @Test
    void a_reply_over_TCP_to_something_else_is_a_failure() {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] reply = answer(query, "10.0.0.1");
            reply[0] ^= 1;
            query.reply(reply);
        })) {
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(Reason.MISMATCHED);
        }
    }

    @Test
    void no_socket_to_be_had_is_a_failure() throws Exception {
        Transport exhausted = new Transport(
                UPSTREAMS.transport().loops(),
                () -> {
                    throw new ChannelException("too many open files");
                },
                NioSocketChannel::new);

        assertThat(failureOf(Exchanges.apart(exhausted, heard).udp(Upstreams.nobody(), ORDERS, 1232, LONG)))
                .hasMessageContaining("too many open files");
    }

    @Test
    void event_loops_that_have_ended_are_a_failure() throws Exception {
        MultiThreadIoEventLoopGroup ended = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        ended.shutdownGracefully(0, 5, SECONDS).sync();
        Transport transport = new Transport(ended, NioDatagramChannel::new, NioSocketChannel::new);

        assertThat(failureOf(new AgentUpstream(Upstreams.nobody(), transport, heard).ask(ORDERS))
                        .reason())
                .isEqualTo(Reason.NO_UPSTREAM);
    }

    /** What a server sends that is meant as an answer, and cannot be used. */
    enum Damage {
        A_RECORD_TOO_FEW {
            @Override
            byte[] done(byte[] reply) {
                reply[7]++;
                return reply;
            }
        },
        A_RECORD_TOO_MANY {
            @Override
            byte[] done(byte[] reply) {
                reply[7]--;
                return reply;
            }
        },
        A_RECORD_IN_PARTS {
            @Override
            byte[] done(byte[] reply) {
                return Arrays.copyOf(reply, reply.length - 1);
            }
        },
        A_NAME_THAT_RUNS_IN_CIRCLES {
            @Override
            byte[] done(byte[] reply) {
                reply[12 + 23 + 4 + 1] = 12 + 23 + 4;
                return reply;
            }
        };

        abstract byte[] done(byte[] reply);
    }

    @ParameterizedTest
    @EnumSource
    void a_broken_answer_is_a_failure_at_once(Damage damage) {
        try (ScriptedUpstream server =
                ScriptedUpstream.start(query -> query.reply(damage.done(answer(query, "10.0.0.1"))))) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, LONG))
                            .reason())
                    .isEqualTo(Reason.MISMATCHED);
            assertThat(heard.lines).containsExactly("UDP dropped", "UDP failed MISMATCHED");
        }
    }

    @ParameterizedTest
    @CsvSource({"FORMERR, NO_EDNS", "NOTIMP, NO_EDNS", "SERVFAIL, REFUSED", "REFUSED, REFUSED"})
    void a_header_alone_that_says_no_is_a_failure_at_once(String rcode, Reason reason) {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            byte[] header = Arrays.copyOf(query.bytes(), 12);
            header[2] |= (byte) 0x80;
            header[3] = (byte) Rcode.value(rcode);
            Arrays.fill(header, 4, 12, (byte) 0);
            query.reply(header);
        })) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, LONG))
                            .reason())
                    .isEqualTo(reason);
            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(reason);
        }
    }

    @Test
    void an_extended_response_code_is_no_answer() {
        try (ScriptedUpstream server = ScriptedUpstream.answering(query -> {
            Message reply = Reply.to(query).message();
            reply.addRecord(new OPTRecord(1232, Rcode.BADVERS >> 4, 0), Section.ADDITIONAL);
            return reply;
        })) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, 1232, LONG))
                            .reason())
                    .isEqualTo(Reason.NO_EDNS);
        }
    }

    @Test
    void a_plain_query_has_no_OPT_record_and_a_format_error_is_then_a_refusal() throws Exception {
        List<Message> queries = new CopyOnWriteArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.answering(query -> {
            queries.add(query);
            return Reply.to(query).rcode(Rcode.FORMERR).message();
        })) {
            assertThat(failureOf(exchanges.udp(server.address(), ORDERS, Form.PLAIN, LONG))
                            .reason())
                    .isEqualTo(Reason.REFUSED);
            assertThat(queries)
                    .singleElement()
                    .satisfies(query -> assertThat(query.getOPT()).isNull());
        }
    }

    @Test
    void the_clients_network_is_told_as_the_client_told_it() throws Exception {
        byte[] subnet = {0, 1, 24, 0, (byte) 192, 0, 2};
        List<Message> queries = new CopyOnWriteArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.answering(query -> {
            queries.add(query);
            return Reply.to(query).opt().message();
        })) {
            replyOf(exchanges.udp(server.address(), ORDERS.inSubnet(subnet), 1232, LONG));
        }
        ClientSubnetOption told = (ClientSubnetOption) queries.get(0)
                .getOPT()
                .getOptions(EDNSOption.Code.CLIENT_SUBNET)
                .get(0);
        assertThat(told.getAddress().getHostAddress()).isEqualTo("192.0.2.0");
        assertThat(told.getSourcePrefixLength()).isEqualTo(24);
        assertThat(told.getScopePrefixLength()).isZero();
    }

    private static byte[] answer(ClientQuery query, String address) {
        return Reply.to(query.message())
                .answer("orders.service.consul. 0 IN A " + address)
                .wire();
    }

    private static Reply reply(ClientQuery query) {
        return Reply.to(query.message()).answer("orders.service.consul. 0 IN A 10.0.0.1");
    }
}
