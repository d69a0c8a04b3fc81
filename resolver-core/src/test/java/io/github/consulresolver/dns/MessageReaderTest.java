package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.consulresolver.dns.MessageReader.Section;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class MessageReaderTest {
    private static final String NAME = "a.example";
    /** Where the first record begins: header, name, type and class. */
    private static final int RECORDS = 12 + 11 + 4;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mail.a.example. 60 IN A 10.0.0.1",
                "mail.a.example. 60 IN AAAA fd00::1",
                "a.example. 60 IN CNAME Other.a.example.",
                "a.example. 60 IN NS ns.a.example.",
                "1.a.example. 60 IN PTR host.a.example.",
                "a.example. 60 IN DNAME b.a.example.",
                "a.example. 60 IN SOA ns.a.example. root.a.example. 1 2 3 4 5",
                "a.example. 60 IN MX 10 mail.a.example.",
                "a.example. 60 IN RP mail.a.example. txt.a.example.",
                "a.example. 60 IN AFSDB 1 afs.a.example.",
                "a.example. 60 IN RT 1 rt.a.example.",
                "a.example. 60 IN SRV 1 2 3 host.a.example.",
                "a.example. 60 IN TXT \"a text\" \"and another\"",
                "a.example. 60 IN CAA 0 issue \"ca.example\"",
            })
    void owner_and_data_come_out_uncompressed_as_dnsjava_wrote_them(String line) throws Exception {
        Record record = Reply.record(line);
        MessageReader reader =
                new MessageReader(Reply.to("a.example.", Type.ANY).answer(line).wire());

        assertThat(reader.next()).isTrue();
        assertThat(reader.section()).isEqualTo(Section.ANSWER);
        assertThat(reader.type()).isEqualTo(record.getType());
        assertThat(reader.ttl()).isEqualTo(60);
        assertThat(reader.owner()).isEqualTo(record.getName().toWire());
        assertThat(reader.rdata()).isEqualTo(data(record));
        assertThat(reader.next()).isFalse();
    }

    @Test
    void records_come_section_by_section() throws Exception {
        MessageReader reader = new MessageReader(Reply.to("a.example.", Type.A)
                .authority("a.example. 2 IN NS ns.a.example.")
                .additional("ns.a.example. 3 IN A 10.0.0.3")
                .wire());

        assertThat(reader.next()).isTrue();
        assertThat(reader.section()).isEqualTo(Section.AUTHORITY);
        assertThat(reader.next()).isTrue();
        assertThat(reader.section()).isEqualTo(Section.ADDITIONAL);
        assertThat(reader.next()).isFalse();
        assertThat(reader.next()).isFalse();
    }

    @Test
    void a_TTL_with_its_highest_bit_set_is_0() throws Exception {
        MessageReader reader = new MessageReader(
                address().pointer(12).fields(Type.A, 0x80000001, 4).u32(1).bytes());
        reader.next();

        assertThat(reader.ttl()).isZero();
    }

    @Test
    void the_largest_TTL_is_2_147_483_647() throws Exception {
        MessageReader reader = new MessageReader(
                address().pointer(12).fields(Type.A, 0x7fffffff, 4).u32(1).bytes());
        reader.next();

        assertThat(reader.ttl()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void a_pointer_to_itself_is_malformed() {
        refuse(address().pointer(RECORDS).fields(Type.A, 0, 4).u32(1), "backwards");
    }

    @Test
    void a_pointer_forwards_is_malformed() {
        refuse(address().pointer(RECORDS + 2).fields(Type.A, 0, 4).u32(1), "backwards");
        refuse(address().pointer(0x3fff).fields(Type.A, 0, 4).u32(1), "backwards");
    }

    @Test
    void a_pointer_back_to_the_labels_before_it_is_malformed() {
        refuse(address().u8(1, 'x').pointer(RECORDS).fields(Type.A, 0, 4).u32(1), "backwards");
    }

    @Test
    void two_pointers_that_point_to_each_other_are_malformed() {
        Wire message = Wire.message(Header.QR, 1, 2, 0, 0)
                .question(NAME, Type.A)
                .pointer(12)
                .fields(Type.TXT, 0, 2)
                .pointer(RECORDS + 14)
                .pointer(RECORDS + 12)
                .fields(Type.A, 0, 4)
                .u32(1);

        refuse(message, "backwards");
    }

    @Test
    void a_pointer_to_a_label_that_it_lies_in_itself_is_malformed() {
        Wire message = Wire.message(Header.QR, 1, 2, 0, 0)
                .question(NAME, Type.A)
                .pointer(12)
                .fields(Type.TXT, 0, 1)
                .u8(14)
                .pointer(RECORDS + 12)
                .fields(Type.A, 0, 4)
                .u32(0x01020003);

        refuse(message, "past the end");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 11})
    void a_pointer_into_the_header_is_malformed(int target) {
        refuse(address().pointer(target).fields(Type.A, 0, 4).u32(1), "backwards");
    }

    @Test
    void a_pointer_that_the_message_ends_in_is_malformed() {
        refuse(address().u8(0xc0), "past the end");
    }

    @Test
    void a_chain_of_more_pointers_than_a_name_has_labels_is_malformed() {
        refuse(pointers(128), "more compression pointers");
    }

    @Test
    void a_chain_of_pointers_that_a_name_could_have_is_followed() {
        assertThatCode(() -> MessageReader.check(pointers(127).bytes())).doesNotThrowAnyException();
    }

    /** An answer whose owner follows {@code count} pointers, all but the last in the data of a TXT record before it. */
    private static Wire pointers(int count) {
        Wire message = Wire.message(Header.QR, 1, 2, 0, 0)
                .question(NAME, Type.A)
                .pointer(12)
                .fields(Type.TXT, 0, 2 * (count - 1));
        int target = 12;
        for (int i = 1; i < count; i++) {
            int at = message.length();
            message.pointer(target);
            target = at;
        }
        return message.pointer(target).fields(Type.A, 0, 4).u32(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x40, 0x7f, 0x80, 0xbf})
    void labels_of_unknown_kinds_are_malformed(int label) {
        refuse(address().u8(label, 0).fields(Type.A, 0, 4).u32(1), "unknown kind");
    }

    @Test
    void a_name_of_255_bytes_is_read_and_one_of_256_is_malformed() {
        assertThatCode(() -> MessageReader.check(nameOf(255).bytes())).doesNotThrowAnyException();
        refuse(nameOf(256), "more than 255 bytes");
    }

    /** An answer whose owner is so long, the last 11 bytes being the question's name. */
    private static Wire nameOf(int length) {
        Wire message = address();
        int left = length - 11;
        while (left > 0) {
            // Never one byte left: that would be the root's label.
            int label = (left > 62 ? 61 : left) - 1;
            message.u8(label).u8(new int[label]);
            left -= label + 1;
        }
        return message.pointer(12).fields(Type.A, 0, 4).u32(1);
    }

    @Test
    void a_message_cut_anywhere_is_malformed() {
        byte[] message = Reply.to("orders.service.consul.", Type.SRV)
                .answer("orders.service.consul. 0 IN SRV 1 1 8080 web.node.dc1.consul.")
                .authority("consul. 0 IN SOA ns.consul. hostmaster.consul. 1 2 3 4 5")
                .additional("web.node.dc1.consul. 0 IN A 10.0.0.1")
                .wire();

        for (int length = 0; length < message.length; length++) {
            byte[] cut = Arrays.copyOf(message, length);
            assertThatExceptionOfType(MalformedMessageException.class)
                    .as("the first %d of %d bytes", length, message.length)
                    .isThrownBy(() -> MessageReader.check(cut));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void not_exactly_one_question_is_malformed(int questions) {
        refuse(
                Wire.message(Header.QR, questions, 0, 0, 0)
                        .question(NAME, Type.A)
                        .question(NAME, Type.A),
                "instead of one");
    }

    @Test
    void a_compressed_question_is_malformed() {
        refuse(Wire.message(Header.QR, 1, 0, 0, 0).u8(1, 'a').pointer(12).u16(1, 1), "no whole question");
    }

    @Test
    void data_longer_than_the_message_is_malformed() {
        refuse(address().pointer(12).fields(Type.A, 0, 5).u32(1), "past the end");
        refuse(address().pointer(12).fields(Type.A, 0, 0xffff).u32(1), "past the end");
    }

    @Test
    void addresses_of_other_lengths_than_4_and_16_bytes_are_malformed() {
        refuse(address().pointer(12).fields(Type.A, 0, 3).u8(1, 2, 3), "address of 3 bytes");
        refuse(address().pointer(12).fields(Type.AAAA, 0, 4).u32(1), "address of 4 bytes");
    }

    @Test
    void a_SOA_record_without_its_numbers_is_malformed_however_long_its_names_are() {
        refuse(
                address()
                        .pointer(12)
                        .fields(Type.SOA, 0, 2 * 24 + 16)
                        .name("a-long-name-for-a.zone")
                        .name("a-long-name-for-a.zone")
                        .u32(1)
                        .u32(1)
                        .u32(1)
                        .u32(1),
                "cut short");
    }

    @Test
    void a_name_that_ends_behind_its_record_is_malformed() {
        refuse(
                Wire.message(Header.QR, 1, 2, 0, 0)
                        .question(NAME, Type.A)
                        .pointer(12)
                        .fields(Type.CNAME, 0, 1)
                        .pointer(12)
                        .fields(Type.A, 0, 4)
                        .u32(1),
                "cut short");
        refuse(address().pointer(12).fields(Type.MX, 0, 1).u8(0), "cut short");
        refuse(address().pointer(12).fields(Type.SRV, 0, 6).u16(1, 1, 1), "cut short");
        refuse(address().pointer(12).fields(Type.CNAME, 0, 0), "cut short");
    }

    @Test
    void an_OPT_record_among_the_answers_is_malformed() {
        refuse(address().opt(1232, 0, 0), "OPT");
    }

    @Test
    void data_of_unknown_types_is_left_alone() throws Exception {
        MessageReader reader = new MessageReader(
                address().pointer(12).fields(65_280, 0, 2).pointer(12).bytes());
        reader.next();

        assertThat(reader.rdata()).containsExactly(0xc0, 12);
    }

    private static byte[] data(Record record) {
        byte[] whole = record.toWire(org.xbill.DNS.Section.ANSWER);
        return Arrays.copyOfRange(whole, record.getName().length() + 10, whole.length);
    }

    private static Wire address() {
        return Wire.message(Header.QR, 1, 1, 0, 0).question(NAME, Type.A);
    }

    private static void refuse(Wire message, String why) {
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> MessageReader.check(message.bytes()))
                .withMessageContaining(why);
    }
}
