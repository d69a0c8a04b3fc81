package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class VerbatimAnswerTest {
    private static final int DAY = 86_400;
    private static final int RECORDS = 12 + 11 + 4;

    private static Reply reply() {
        return Reply.to("a.example.", Type.A)
                .flag(Flags.RA)
                .answer("a.example. 300 IN CNAME b.example.", "b.example. 200 IN A 192.0.2.1")
                .authority("example. 400 IN NS ns.example.")
                .additional("ns.example. 500 IN A 192.0.2.53");
    }

    @Test
    void without_an_OPT_record_the_message_stays_as_it_came() throws Exception {
        byte[] message = reply().wire();

        assertThat(VerbatimAnswer.of(message, DAY).message()).isEqualTo(message);
    }

    @Test
    void the_OPT_record_is_taken_out() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(reply().opt().wire(), DAY);
        byte[] without = reply().wire();

        assertThat(Arrays.copyOfRange(answer.message(), 12, answer.message().length))
                .isEqualTo(Arrays.copyOfRange(without, 12, without.length));
        assertThat(answer.additionals()).isEqualTo(1);
        assertThat(answer.records()).isEqualTo(4);
    }

    /** Names in it could point to what is behind the OPT record, and would have to be moved. */
    @Test
    void what_stands_behind_the_OPT_record_goes_with_it() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(
                reply().opt().additional("x.example. 1 IN A 192.0.2.9").wire(), DAY);

        assertThat(answer.additionals()).isEqualTo(1);
        assertThat(answer.message()).hasSize(reply().wire().length);
        assertThat(answer.ttl()).isEqualTo(200);
    }

    @Test
    void the_TTLs_lie_where_the_offsets_say() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(reply().wire(), DAY);
        ByteBuffer message = ByteBuffer.wrap(answer.message());

        assertThat(IntStream.range(0, answer.records()).map(i -> message.getInt(answer.ttlOffset(i))))
                .containsExactly(300, 200, 400, 500);
    }

    @Test
    void the_offsets_of_many_records_are_all_there() throws Exception {
        Reply reply = Reply.to("a.example.", Type.A);
        IntStream.range(0, 100).forEach(i -> reply.answer("a.example. " + (1000 + i) + " IN A 192.0.2." + i));
        VerbatimAnswer answer = VerbatimAnswer.of(reply.wire(), DAY);
        ByteBuffer message = ByteBuffer.wrap(answer.message());

        assertThat(IntStream.range(0, answer.records())
                        .map(i -> message.getInt(answer.ttlOffset(i)))
                        .toArray())
                .isEqualTo(IntStream.range(1000, 1100).toArray());
    }

    @Test
    void the_sections_end_where_the_offsets_say() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(reply().opt().wire(), DAY);
        Message answersOnly = Reply.to("a.example.", Type.A)
                .answer("a.example. 300 IN CNAME b.example.", "b.example. 200 IN A 192.0.2.1")
                .message();

        assertThat(answer.answersEnd()).isEqualTo(answersOnly.toWire().length);
        assertThat(answer.authoritiesEnd()).isBetween(answer.answersEnd() + 1, answer.message().length - 1);
    }

    @Test
    void empty_sections_end_behind_the_question() throws Exception {
        VerbatimAnswer answer =
                VerbatimAnswer.of(Reply.to("a.example.", Type.A).opt().wire(), DAY);

        assertThat(answer.answersEnd()).isEqualTo(RECORDS);
        assertThat(answer.authoritiesEnd()).isEqualTo(RECORDS);
        assertThat(answer.message()).hasSize(RECORDS);
    }

    @Test
    void no_TTL_is_larger_than_the_largest_allowed() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(reply().wire(), 250);

        assertThat(new Message(answer.message()).getSection(Section.ANSWER))
                .extracting(record -> record.getTTL())
                .containsExactly(250L, 200L);
        assertThat(answer.ttl()).isEqualTo(200);
        assertThat(VerbatimAnswer.of(reply().wire(), 100).ttl()).isEqualTo(100);
    }

    @Test
    void the_largest_TTL_there_is_becomes_the_largest_allowed() throws Exception {
        byte[] message = Reply.to("a.example.", Type.A)
                .answer("a.example. 2147483647 IN A 192.0.2.1")
                .wire();

        assertThat(VerbatimAnswer.of(message, DAY).ttl()).isEqualTo(DAY);
    }

    @Test
    void a_TTL_with_its_highest_bit_set_becomes_0() throws Exception {
        byte[] message = Wire.message(Header.QR, 1, 1, 0, 0)
                .question("a.example", Type.A)
                .pointer(12)
                .fields(Type.A, 0x80000001, 4)
                .u32(1)
                .bytes();
        VerbatimAnswer answer = VerbatimAnswer.of(message, DAY);

        assertThat(answer.ttl()).isZero();
        assertThat(ByteBuffer.wrap(answer.message()).getInt(answer.ttlOffset(0)))
                .isZero();
    }

    @Test
    void the_callers_message_is_not_changed() throws Exception {
        byte[] message = reply().wire();
        byte[] before = message.clone();
        VerbatimAnswer.of(message, 1);

        assertThat(message).isEqualTo(before);
    }

    @Test
    void a_name_that_does_not_exist_is_negative_for_the_SOA_records_minimum() throws Exception {
        VerbatimAnswer answer = VerbatimAnswer.of(
                Reply.to("a.example.", Type.A)
                        .rcode(Rcode.NXDOMAIN)
                        .authority("example. 900 IN SOA ns.example. root.example. 1 2 3 4 60")
                        .wire(),
                DAY);

        assertThat(answer.isNegative()).isTrue();
        assertThat(answer.rcode()).isEqualTo(AnswerSet.NAME_ERROR);
        assertThat(answer.ttl()).isEqualTo(60);
    }

    @Test
    void flags_are_the_recursors() throws Exception {
        assertThat(VerbatimAnswer.of(reply().flag(Flags.AD).wire(), DAY).flags())
                .isEqualTo(Header.QR | Header.RA | Header.AD);
    }

    @Test
    void a_name_that_leads_through_a_TTL_makes_no_answer_because_it_would_be_another_one_later() throws Exception {
        byte[] message = Wire.message(Header.QR, 1, 1, 0, 0)
                .question("a.example.", Type.NS)
                .pointer(12)
                .fields(Type.NS, 256, 5)
                .u8(2, 'n', 's')
                .pointer(RECORDS + 9)
                .bytes();

        MessageReader.check(message);
        assertThatExceptionOfType(MalformedMessageException.class).isThrownBy(() -> VerbatimAnswer.of(message, DAY));
    }

    @Test
    void a_malformed_message_makes_no_answer() {
        byte[] message = reply().wire();

        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> VerbatimAnswer.of(Arrays.copyOf(message, message.length - 1), DAY));
    }
}
