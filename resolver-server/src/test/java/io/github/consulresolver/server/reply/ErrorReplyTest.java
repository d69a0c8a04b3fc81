package io.github.consulresolver.server.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Query.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class ErrorReplyTest {
    private final ReplyWriter writer = new ReplyWriter(3, 1232, Duration.ofSeconds(10), new SplittableRandom(7));

    @Test
    void a_failure_has_the_question_and_nothing_else() {
        Query query = Asked.of("WEB.service.consul.", Type.A).flag(Flags.CD).query();

        Message reply = Asked.parsed(Asked.error(writer, query, Rcode.SERVFAIL));

        assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(reply.getHeader().getID()).isEqualTo(query.id());
        assertThat(reply.getQuestion().getName()).hasToString("WEB.service.consul.");
        assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RD)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.CD)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.AA)).isFalse();
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getSection(Section.ADDITIONAL)).isEmpty();
    }

    @Test
    void a_failure_has_an_opt_record_if_the_query_had_one() {
        Query query = Asked.of("web.service.consul.", Type.A).ednsWithDo(4096).query();

        Message reply = Asked.parsed(Asked.error(writer, query, Rcode.SERVFAIL));

        assertThat(reply.getOPT().getPayloadSize()).isEqualTo(1232);
        assertThat(reply.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
    }

    @Test
    void an_unknown_edns_version_is_told_by_the_extended_code() {
        Message query = DnsClient.question("web.service.consul.", Type.A);
        query.addRecord(new OPTRecord(4096, 0, 1), Section.ADDITIONAL);

        Message reply = error(query.toWire(), Verdict.BAD_VERSION);

        assertThat(reply.getRcode()).isEqualTo(Rcode.BADVERS);
        assertThat(reply.getHeader().getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getOPT().getVersion()).isZero();
    }

    @Test
    void a_question_that_cannot_be_read_is_not_repeated() {
        byte[] wire = DnsClient.question("web.service.consul.", Type.A).toWire();

        Message reply = error(Arrays.copyOf(wire, wire.length - 3), Verdict.FORMAT_ERROR);

        assertThat(reply.getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(reply.getQuestion()).isNull();
        assertThat(reply.numBytes()).isEqualTo(12);
    }

    @Test
    void two_questions_are_an_error() {
        byte[] wire = DnsClient.question("web.service.consul.", Type.A).toWire();
        byte[] two = Arrays.copyOf(wire, 2 * wire.length - 12);
        System.arraycopy(wire, 12, two, wire.length, wire.length - 12);
        two[5] = 2;

        assertThat(error(two, Verdict.FORMAT_ERROR).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    @Test
    void an_operation_that_we_do_not_have_is_repeated() {
        Message query = DnsClient.question("web.service.consul.", Type.SOA);
        query.getHeader().setOpcode(Opcode.NOTIFY);

        Message reply = error(query.toWire(), Verdict.NOT_IMPLEMENTED);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(reply.getHeader().getOpcode()).isEqualTo(Opcode.NOTIFY);
    }

    @Test
    void a_zone_transfer_is_not_implemented() {
        Message reply = error(DnsClient.question("consul.", Type.AXFR).toWire(), Verdict.NOT_IMPLEMENTED);
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(reply.getQuestion().getType()).isEqualTo(Type.AXFR);
    }

    @Test
    void another_class_is_refused() {
        byte[] wire = DnsClient.question("version.bind.", Type.TXT).toWire();
        wire[wire.length - 1] = 3;

        assertThat(error(wire, Verdict.REFUSED).getRcode()).isEqualTo(Rcode.REFUSED);
    }

    /** The reply to what is to be read as {@code expected} says. */
    private Message error(byte[] wire, Verdict expected) {
        Query query = new Query();
        assertThat(query.read(java.nio.ByteBuffer.wrap(wire), 0, wire.length)).isEqualTo(expected);
        return Asked.parsed(Asked.error(writer, query, expected.rcode()));
    }
}
