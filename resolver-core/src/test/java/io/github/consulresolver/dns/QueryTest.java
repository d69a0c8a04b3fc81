package io.github.consulresolver.dns;

import static io.github.consulresolver.dns.Query.Verdict.ASKED;
import static io.github.consulresolver.dns.Query.Verdict.BAD_VERSION;
import static io.github.consulresolver.dns.Query.Verdict.DROPPED;
import static io.github.consulresolver.dns.Query.Verdict.FORMAT_ERROR;
import static io.github.consulresolver.dns.Query.Verdict.NOT_IMPLEMENTED;
import static io.github.consulresolver.dns.Query.Verdict.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Query.Verdict;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class QueryTest {
    private static final String NAME = "Orders.service.consul";
    private static final int OFFSET = 7;

    private final Query query = new Query();

    @Test
    void a_plain_query_is_asked() {
        assertThat(read(plain(Header.RD, Type.SRV))).isEqualTo(ASKED);

        assertThat(query.id()).isEqualTo(Wire.ID);
        assertThat(query.flags()).isEqualTo(Header.RD);
        assertThat(query.type()).isEqualTo(Type.SRV);
        assertThat(query.question()).isEqualTo(Question.of(NAME, Type.SRV));
        assertThat(query.hasEdns()).isFalse();
        assertThat(query.udpSize()).isEqualTo(512);
        assertThat(query.questionFlags()).isZero();
    }

    @Test
    void what_dnsjava_asks_is_understood() throws Exception {
        Message message = Message.newQuery(Record.newRecord(Name.fromString("db.node.consul."), Type.AAAA, DClass.IN));
        message.addRecord(new OPTRecord(1232, 0, 0, 0x8000), Section.ADDITIONAL);
        message.getHeader().setFlag(Flags.CD);

        assertThat(read(message.toWire())).isEqualTo(ASKED);
        assertThat(query.id()).isEqualTo(message.getHeader().getID());
        assertThat(query.question().name()).isEqualTo("db.node.consul.");
        assertThat(query.hasEdns()).isTrue();
        assertThat(query.udpSize()).isEqualTo(1232);
        assertThat(query.isDnssecOk()).isTrue();
        assertThat(query.questionFlags()).isEqualTo(Question.DNSSEC_OK | Question.CHECKING_DISABLED);
    }

    @Test
    void the_question_lies_where_the_offsets_say() {
        byte[] message = plain(0, Type.A);
        read(message);
        byte[] question = new byte[query.questionLength()];
        query.buffer().get(query.questionOffset(), question);

        assertThat(question).isEqualTo(new Wire().question(NAME, Type.A).bytes());
    }

    @Test
    void a_reader_used_again_remembers_nothing() {
        read(withOpt(4096, 0, Edns.DO));
        read(plain(0, Type.A));

        assertThat(query.hasEdns()).isFalse();
        assertThat(query.udpSize()).isEqualTo(512);
        assertThat(query.isDnssecOk()).isFalse();

        read(Wire.message(0, 0, 0, 0, 0).bytes());
        assertThat(query.questionLength()).isZero();
    }

    @Test
    void a_size_below_512_counts_as_512() {
        assertThat(read(withOpt(100, 0, 0))).isEqualTo(ASKED);
        assertThat(query.udpSize()).isEqualTo(512);
    }

    @Test
    void the_largest_size_is_65535() {
        read(withOpt(65_535, 0, 0));

        assertThat(query.udpSize()).isEqualTo(65_535);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11})
    void less_than_a_header_is_dropped(int length) {
        assertThat(read(Arrays.copyOf(plain(0, Type.A), length))).isEqualTo(DROPPED);
    }

    @Test
    void a_response_is_dropped_so_that_no_two_servers_talk_for_ever() {
        assertThat(read(plain(Header.QR, Type.A))).isEqualTo(DROPPED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 15})
    void other_operations_are_not_implemented(int opcode) {
        assertThat(read(plain(opcode << 11, Type.A))).isEqualTo(NOT_IMPLEMENTED);
        assertThat(NOT_IMPLEMENTED.rcode()).isEqualTo(4);
    }

    @Test
    void a_header_with_another_operation_alone_is_not_implemented() {
        assertThat(read(Wire.message(2 << 11, 0, 0, 0, 0).bytes())).isEqualTo(NOT_IMPLEMENTED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 65_535})
    void any_other_number_of_questions_than_one_is_a_format_error(int questions) {
        byte[] message = Wire.message(0, questions, 0, 0, 0)
                .question(NAME, Type.A)
                .question(NAME, Type.AAAA)
                .bytes();

        assertThat(read(message)).isEqualTo(FORMAT_ERROR);
        assertThat(query.questionLength()).isZero();
    }

    @Test
    void a_compressed_question_is_a_format_error() {
        byte[] message =
                Wire.message(0, 1, 0, 0, 0).u8(1, 'a').pointer(12).u16(1, 1).bytes();

        assertThat(read(message)).isEqualTo(FORMAT_ERROR);
    }

    @Test
    void a_question_cut_anywhere_is_a_format_error() {
        byte[] message = plain(0, Type.A);
        for (int length = Header.LENGTH; length < message.length; length++) {
            assertThat(read(Arrays.copyOf(message, length))).isEqualTo(FORMAT_ERROR);
        }
    }

    @Test
    void an_OPT_record_cut_anywhere_is_a_format_error() {
        byte[] message = withOpt(1232, 0, 0, 0, 10, 0, 2, 7, 7);
        for (int length = plain(0, Type.A).length; length < message.length; length++) {
            assertThat(read(Arrays.copyOf(message, length))).isEqualTo(FORMAT_ERROR);
        }
        assertThat(read(message)).isEqualTo(ASKED);
    }

    @Test
    void options_we_do_not_know_are_stepped_over() {
        assertThat(read(withOpt(1232, 0, 0, 0, 10, 0, 2, 7, 7, 0xff, 0xfe, 0, 0)))
                .isEqualTo(ASKED);
    }

    @Test
    void who_wants_to_know_how_long_a_connection_may_be_idle_says_so() {
        read(withOpt(1232, 0, 0, 0, 10, 0, 2, 7, 7, 0, 11, 0, 0));
        assertThat(query.wantsKeepalive()).isTrue();
        read(withOpt(1232, 0, 0));
        assertThat(query.wantsKeepalive()).isFalse();
    }

    @Test
    void a_client_may_say_which_network_it_is_in() {
        assertThat(read(withOpt(1232, 0, 0, 0, 8, 0, 7, 0, 1, 20, 0, 192, 0, 16)))
                .isEqualTo(ASKED);

        assertThat(query.hasSubnet()).isTrue();
        assertThat(query.question().subnet()).containsExactly(0, 1, 20, 0, 192, 0, 16);
        assertThat(query.question().withoutSubnet()).isEqualTo(Question.of(NAME, Type.A));
        read(plain(0, Type.A));
        assertThat(query.hasSubnet()).isFalse();
    }

    @Test
    void a_network_of_no_bits_says_nothing() {
        assertThat(read(withOpt(1232, 0, 0, 0, 8, 0, 4, 0, 1, 0, 0))).isEqualTo(ASKED);

        assertThat(query.subnetLength()).isEqualTo(4);
        assertThat(query.hasSubnet()).isFalse();
        assertThat(query.question()).isEqualTo(Question.of(NAME, Type.A));
    }

    @Test
    void a_network_of_a_family_we_do_not_know_is_stepped_over() {
        assertThat(read(withOpt(1232, 0, 0, 0, 8, 0, 6, 0, 7, 99, 0, 1, 2))).isEqualTo(ASKED);
        assertThat(query.subnetLength()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 1 24", // no scope
                "0 1 24 0 10 0", // an octet too few
                "0 1 24 0 10 0 0 0", // an octet too many
                "0 1 24 24 10 0 0", // with a scope
                "0 1 23 0 10 0 1", // bits beyond the prefix
                "0 1 33 0 10 0 0 0 0", // more bits than an address has
                "0 2 129 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 0"
            })
    void a_network_that_is_none_is_a_format_error(String data) {
        int[] bytes = Arrays.stream(data.split(" ")).mapToInt(Integer::parseInt).toArray();
        int[] option = new int[4 + bytes.length];
        option[1] = 8;
        option[3] = bytes.length;
        System.arraycopy(bytes, 0, option, 4, bytes.length);

        assertThat(read(withOpt(1232, 0, 0, option))).isEqualTo(FORMAT_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void an_OPT_record_is_seen_whatever_the_number_of_questions(int questions) {
        Wire message = Wire.message(0, questions, 0, 0, 1);
        for (int i = 0; i < questions; i++) {
            message.question(NAME, Type.A);
        }
        // A cookie.
        byte[] wire =
                message.opt(1232, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8).bytes();

        assertThat(read(wire)).isEqualTo(FORMAT_ERROR);
        assertThat(query.hasEdns()).isTrue();
    }

    @Test
    void an_OPT_record_is_seen_whatever_the_operation() {
        byte[] notify = Wire.message(4 << 11, 1, 0, 0, 1)
                .question(NAME, Type.SOA)
                .opt(1232, 0, 0)
                .bytes();

        assertThat(read(notify)).isEqualTo(NOT_IMPLEMENTED);
        assertThat(query.hasEdns()).isTrue();
    }

    @Test
    void options_that_do_not_end_with_their_record_are_a_format_error() {
        assertThat(read(withOpt(1232, 0, 0, 0, 10, 0, 3, 7, 7))).isEqualTo(FORMAT_ERROR);
        assertThat(read(withOpt(1232, 0, 0, 0, 10, 0))).isEqualTo(FORMAT_ERROR);
    }

    @Test
    void two_OPT_records_are_a_format_error() {
        assertThat(read(twoOpts(0))).isEqualTo(FORMAT_ERROR);
    }

    @Test
    void two_OPT_records_are_a_format_error_whatever_their_version() {
        assertThat(read(twoOpts(1))).isEqualTo(FORMAT_ERROR);
    }

    private static byte[] twoOpts(int version) {
        return Wire.message(0, 1, 0, 0, 2)
                .question(NAME, Type.A)
                .opt(1232, version, 0)
                .opt(1232, version, 0)
                .bytes();
    }

    @Test
    void an_OPT_record_among_answers_or_authorities_is_a_format_error() {
        assertThat(read(Wire.message(0, 1, 1, 0, 0)
                        .question(NAME, Type.A)
                        .opt(1232, 0, 0)
                        .bytes()))
                .isEqualTo(FORMAT_ERROR);
        assertThat(read(Wire.message(0, 1, 0, 1, 0)
                        .question(NAME, Type.A)
                        .opt(1232, 0, 0)
                        .bytes()))
                .isEqualTo(FORMAT_ERROR);
    }

    @Test
    void an_OPT_record_that_has_a_name_is_a_format_error() {
        byte[] message = Wire.message(0, 1, 0, 0, 1)
                .question(NAME, Type.A)
                .name("a")
                .u16(41, 1232, 0, 0, 0)
                .bytes();

        assertThat(read(message)).isEqualTo(FORMAT_ERROR);
    }

    @Test
    void another_EDNS_version_is_a_bad_version_to_be_told_with_EDNS() {
        assertThat(read(withOpt(1232, 1, Edns.DO))).isEqualTo(BAD_VERSION);
        assertThat(query.hasEdns()).isTrue();
        assertThat(query.isDnssecOk()).isTrue();
        assertThat(BAD_VERSION.rcode()).isEqualTo(16);
    }

    @Test
    void options_of_another_EDNS_version_are_not_looked_at() {
        assertThat(read(withOpt(1232, 1, 0, 9, 9, 9))).isEqualTo(BAD_VERSION);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 254, 255})
    void a_class_other_than_IN_is_refused(int type) {
        assertThat(read(Wire.message(0, 1, 0, 0, 0).name(NAME).u16(Type.A, type).bytes()))
                .isEqualTo(REFUSED);
        assertThat(query.questionLength()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {Type.AXFR, Type.IXFR})
    void zone_transfers_are_not_implemented(int type) {
        assertThat(read(plain(0, type))).isEqualTo(NOT_IMPLEMENTED);
        assertThat(query.questionLength()).isPositive();
    }

    @Test
    void asking_for_type_OPT_is_a_format_error() {
        assertThat(read(plain(0, Type.OPT))).isEqualTo(FORMAT_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Type.ANY, Type.DS, 65, 65_535})
    void every_other_type_may_be_asked_for(int type) {
        assertThat(read(plain(0, type))).isEqualTo(ASKED);
        assertThat(query.type()).isEqualTo(type);
    }

    @Test
    void other_records_of_a_query_are_stepped_over() {
        byte[] message = Wire.message(0, 1, 0, 1, 2)
                .question(NAME, Type.A)
                .pointer(12)
                .fields(Type.SOA, 0, 3)
                .u8(1, 2, 3)
                .name("key.")
                .fields(Type.TSIG, 0, 0)
                .opt(4096, 0, 0)
                .bytes();

        assertThat(read(message)).isEqualTo(ASKED);
        assertThat(query.udpSize()).isEqualTo(4096);
    }

    @Test
    void counts_that_promise_more_than_there_is_are_a_format_error() {
        assertThat(read(Wire.message(0, 1, 65_535, 65_535, 65_535)
                        .question(NAME, Type.A)
                        .bytes()))
                .isEqualTo(FORMAT_ERROR);
    }

    @Test
    void bytes_behind_the_message_do_not_matter() {
        byte[] message = plain(0, Type.A);

        assertThat(read(Arrays.copyOf(message, message.length + 5))).isEqualTo(ASKED);
    }

    @Test
    void the_root_may_be_asked_for() {
        assertThat(read(Wire.message(0, 1, 0, 0, 0).question(".", Type.NS).bytes()))
                .isEqualTo(ASKED);
        assertThat(query.question().name()).isEqualTo(".");
    }

    private static byte[] plain(int flags, int type) {
        return Wire.message(flags, 1, 0, 0, 0).question(NAME, type).bytes();
    }

    private static byte[] withOpt(int size, int version, int flags, int... options) {
        return Wire.message(0, 1, 0, 0, 1)
                .question(NAME, Type.A)
                .opt(size, version, flags, options)
                .bytes();
    }

    /** Reads it from the middle of a direct buffer that ends with the message, so that a byte too many is an exception. */
    private Verdict read(byte[] message) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(OFFSET + message.length).put(OFFSET, message);
        return query.read(buffer, OFFSET, message.length);
    }
}
