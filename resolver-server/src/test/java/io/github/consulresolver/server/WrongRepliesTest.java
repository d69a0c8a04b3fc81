package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What agents and recursors should never send. Each ends in a right answer by another way or in SERVFAIL that says why; none is kept, so
 * that the first right answer is given.
 */
final class WrongRepliesTest {
    private static final String OURS = "web.service.consul.";
    private static final String OTHER = "www.example.org.";

    private final AtomicReference<ScriptedUpstream.Script> script = new AtomicReference<>(WrongRepliesTest::right);
    private final ScriptedUpstream upstream =
            ScriptedUpstream.start(query -> script.get().answer(query));
    private final TestServer server =
            TestServer.start(upstream.address(), config -> config.recursors(List.of(upstream.address())));

    WrongRepliesTest() throws StartException {}

    @AfterEach
    void end() {
        server.close();
        upstream.close();
    }

    /** What can be done to a reply that has a question, one answer and an OPT record. */
    enum Wrong {
        CUT_SHORT {
            @Override
            byte[] made(Message query) {
                byte[] right = answer(query).wire();
                return Arrays.copyOf(right, right.length - 15);
            }
        },
        A_POINTER_TO_ITSELF {
            @Override
            byte[] made(Message query) {
                byte[] right = answer(query).wire();
                int owner = 12 + query.getQuestion().getName().length() + 4;
                ByteBuffer.wrap(right).putShort(owner, (short) (0xc000 | owner));
                return right;
            }
        },
        AN_ANSWER_TOO_MANY_IN_THE_COUNT {
            @Override
            byte[] made(Message query) {
                return count(6, 2, query);
            }
        },
        NO_ANSWER_IN_THE_COUNT {
            @Override
            byte[] made(Message query) {
                return count(6, 0, query);
            }
        },
        AN_ADDRESS_OF_FIVE_BYTES {
            @Override
            byte[] made(Message query) {
                byte[] right = Reply.to(query)
                        .answer(query.getQuestion().getName() + " 60 IN A 10.0.0.1")
                        .wire();
                byte[] longer = Arrays.copyOf(right, right.length + 1);
                longer[right.length - 5] = 5;
                return longer;
            }
        },
        A_CUT_TO_NOTHING {
            @Override
            byte[] made(Message query) {
                return Reply.to(query).flag(Flags.TC).opt().wire();
            }
        },
        RECORDS_OF_A_STRANGER_ALONE {
            @Override
            byte[] made(Message query) {
                return Reply.to(query)
                        .answer("bank.example. 3600 IN A 192.0.2.66")
                        .opt()
                        .wire();
            }
        },
        AN_EXTENDED_RESPONSE_CODE {
            @Override
            byte[] made(Message query) {
                Message reply = Reply.to(query).message();
                reply.addRecord(new OPTRecord(1232, 1, 0), Section.ADDITIONAL);
                return reply.toWire();
            }
        },
        A_HEADER_THAT_SAYS_FORMERR {
            @Override
            byte[] made(Message query) {
                byte[] header = new byte[12];
                ByteBuffer.wrap(header)
                        .putShort((short) query.getHeader().getID())
                        .putShort((short) 0x8181);
                return header;
            }
        };

        abstract byte[] made(Message query);

        private static byte[] count(int field, int count, Message query) {
            byte[] reply = answer(query).wire();
            ByteBuffer.wrap(reply).putShort(field, (short) count);
            return reply;
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_wrong_reply_of_the_agent_is_a_failure_that_says_why_and_is_forgotten_a_second_later(Wrong wrong)
            throws IOException {
        assertThatItFailsAndIsForgotten(wrong, OURS);
    }

    @ParameterizedTest
    @EnumSource
    void a_wrong_reply_of_a_recursor_is_a_failure_that_says_why_and_is_forgotten_a_second_later(Wrong wrong)
            throws IOException {
        assertThatItFailsAndIsForgotten(wrong, OTHER);
    }

    private void assertThatItFailsAndIsForgotten(Wrong wrong, String name) throws IOException {
        script.set(query -> query.reply(wrong.made(query.message())));
        Message failed = ask(name);
        assertThat(failed.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(error(failed))
                .isIn(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY, ExtendedErrorCodeOption.NETWORK_ERROR);

        script.set(WrongRepliesTest::right);
        server.skip(TimeUnit.SECONDS.toNanos(1));
        assertThat(ask(name).getSection(Section.ANSWER)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"CUT_SHORT", "A_POINTER_TO_ITSELF", "NO_ANSWER_IN_THE_COUNT", "A_CUT_TO_NOTHING"})
    void what_is_wrong_over_udp_and_right_over_tcp_is_right(Wrong wrong) throws IOException {
        script.set(query -> {
            if (query.protocol() == Protocol.UDP) {
                query.reply(wrong.made(query.message()));
            } else {
                right(query);
            }
        });
        assertThat(ask(OURS).getSection(Section.ANSWER)).hasSize(1);
        assertThat(ask(OTHER).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void what_is_wrong_at_one_recursor_and_right_at_the_next_is_right() throws IOException, StartException {
        script.set(query -> query.reply(Wrong.RECORDS_OF_A_STRANGER_ALONE.made(query.message())));
        try (ScriptedUpstream good = ScriptedUpstream.start(WrongRepliesTest::right);
                TestServer both = TestServer.start(
                        upstream.address(), config -> config.recursors(List.of(upstream.address(), good.address())))) {
            assertThat(both.ask(Protocol.UDP, OTHER, Type.A).getSection(Section.ANSWER))
                    .hasSize(1);
        }
    }

    @Test
    void a_recursor_from_before_edns_is_asked_without() throws IOException {
        script.set(query -> {
            if (query.message().getOPT() == null) {
                right(query);
            } else {
                query.reply(Wrong.A_HEADER_THAT_SAYS_FORMERR.made(query.message()));
            }
        });
        assertThat(ask(OTHER).getSection(Section.ANSWER)).hasSize(1);
    }

    @Test
    void a_strangers_record_beside_the_agents_is_left_out() throws IOException {
        script.set(query -> query.reply(answer(query.message())
                .answer("bank.example. 3600 IN A 192.0.2.66")
                .additional("bank.example. 3600 IN A 192.0.2.66")
                .message()));
        Message reply = ask(OURS);

        assertThat(reply.getSection(Section.ANSWER)).extracting(Record::getName).hasToString("[" + OURS + "]");
        assertThat(reply.getSection(Section.ADDITIONAL)).allMatch(record -> record.getType() == Type.OPT);
    }

    @ParameterizedTest
    @ValueSource(strings = {OURS, OTHER})
    void a_ttl_of_two_to_the_31st_and_more_is_none(String name) throws IOException {
        script.set(query -> {
            byte[] reply = answer(query.message()).wire();
            int ttl = 12 + query.message().getQuestion().getName().length() + 4 + 2 + 4;
            reply[ttl] = (byte) 0x80;
            query.reply(reply);
        });
        assertThat(ask(name).getSection(Section.ANSWER))
                .singleElement()
                .satisfies(record -> assertThat(record.getTTL()).isZero());
        ask(name);
        assertThat(upstream.received()).as("it is not kept").isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {OURS, OTHER})
    void a_giant_rrset_is_given_whole_over_tcp_and_fits_over_udp(String name) throws IOException {
        script.set(query -> {
            Message message = query.message();
            if (query.protocol() == Protocol.UDP) {
                query.reply(Reply.to(message).flag(Flags.TC).opt().message());
                return;
            }
            String owner = message.getQuestion().getName().toString();
            query.reply(Reply.to(message)
                    .answer(IntStream.range(0, 4_000)
                            .mapToObj(i -> owner + " 60 IN A 10.1." + (i >> 8) + "." + (i & 255))
                            .toArray(String[]::new))
                    .opt()
                    .message());
        });
        assertThat(server.ask(Protocol.TCP, name, Type.A).getSection(Section.ANSWER))
                .hasSize(4_000);
        Message overUdp = ask(name);
        assertThat(overUdp.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(overUdp.numBytes()).isLessThanOrEqualTo(1232);
    }

    @Test
    void nobody_there_is_a_failure_that_says_so() throws IOException {
        upstream.close();
        for (String name : List.of(OURS, OTHER)) {
            Message reply = ask(name);
            assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(error(reply)).isEqualTo(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY);
        }
    }

    @Test
    void a_failure_that_the_agent_itself_tells_says_so() throws IOException {
        script.set(query -> query.reply(
                Reply.to(query.message()).rcode(Rcode.SERVFAIL).opt().message()));
        Message reply = ask(OURS);
        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(error(reply)).isEqualTo(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY);
    }

    @Test
    void without_edns_a_failure_is_its_code_alone() throws IOException {
        upstream.close();
        Message reply = server.ask(Protocol.UDP, OURS, Type.A);
        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getOPT()).isNull();
    }

    private static void right(ClientQuery query) throws IOException {
        query.reply(answer(query.message()).message());
    }

    private static Reply answer(Message query) {
        return Reply.to(query)
                .answer(query.getQuestion().getName() + " 3600 IN A 10.0.0.1")
                .opt();
    }

    private Message ask(String name) throws IOException {
        Message query = DnsClient.question(name, Type.A);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        return server.ask(Protocol.UDP, query);
    }

    private static int error(Message reply) {
        List<EDNSOption> errors = reply.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR);
        assertThat(errors).hasSize(1);
        return ((ExtendedErrorCodeOption) errors.get(0)).getErrorCode();
    }
}
