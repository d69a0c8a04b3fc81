package io.github.consulresolver.server.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What clients get of a recursor's answer. */
final class VerbatimReplyTest {
    private static final String NAME = "www.example.org.";

    private final ReplyWriter writer = new ReplyWriter(3, 1232, Duration.ofSeconds(10), new SplittableRandom(7));

    @Test
    void an_answer_that_fits_is_as_it_came() {
        Reply reply = Reply.to(NAME, Type.A)
                .answer(Services.lines(20, "www.example.org. 60 IN A %s"))
                .authority("example.org. 70 IN NS ns.example.org.")
                .additional("ns.example.org. 80 IN A 10.9.9.9");

        Message got = Asked.of(NAME, Type.A).overUdp(writer, Services.verbatim(reply));

        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            assertThat(got.getSection(section)).isEqualTo(reply.message().getSection(section));
        }
        assertThat(got.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void more_than_three_go_to_a_client_without_edns() {
        Reply reply = Reply.to(NAME, Type.A).answer(Services.lines(20, "www.example.org. 60 IN A %s"));
        assertThat(Asked.of(NAME, Type.A)
                        .overUdp(writer, Services.verbatim(reply))
                        .getSection(Section.ANSWER))
                .hasSize(20);
    }

    @Test
    void the_additional_section_is_the_first_to_go() {
        Reply reply = Reply.to(NAME, Type.A)
                .answer(Services.lines(10, "www.example.org. 60 IN A %s"))
                .authority("example.org. 70 IN NS ns.example.org.")
                .additional(Services.lines(30, "ns.example.org. 80 IN A %s"));

        Message got = Asked.of(NAME, Type.A).overUdp(writer, Services.verbatim(reply));

        assertThat(got.numBytes()).isLessThanOrEqualTo(512);
        assertThat(got.getSection(Section.ANSWER)).hasSize(10);
        assertThat(got.getSection(Section.AUTHORITY)).hasSize(1);
        assertThat(got.getSection(Section.ADDITIONAL)).isEmpty();
        assertThat(got.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void the_authority_section_goes_next_and_is_no_loss_to_an_answer() {
        Reply reply = Reply.to(NAME, Type.A)
                .answer(Services.lines(10, "www.example.org. 60 IN A %s"))
                .authority(Services.lines(30, "example.org. 80 IN TXT \"%s\""))
                .additional("ns.example.org. 80 IN A 10.9.9.9");

        Message got = Asked.of(NAME, Type.A).overUdp(writer, Services.verbatim(reply));

        assertThat(got.getSection(Section.ANSWER)).hasSize(10);
        assertThat(got.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(got.getSection(Section.ADDITIONAL)).isEmpty();
        assertThat(got.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void answers_that_do_not_fit_are_left_out_whole_and_told_by_tc() {
        Reply reply = Reply.to(NAME, Type.A)
                .answer(Services.lines(200, "www.example.org. 60 IN A %s"))
                .authority("example.org. 70 IN NS ns.example.org.");
        VerbatimAnswer answer = Services.verbatim(reply);

        Message overUdp = Asked.of(NAME, Type.A).edns(1232).overUdp(writer, answer);
        assertThat(overUdp.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(overUdp.getSection(Section.ANSWER)).isEmpty();
        assertThat(overUdp.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(overUdp.getOPT()).isNotNull();

        Message overTcp = Asked.of(NAME, Type.A).edns(1232).overTcp(writer, answer);
        assertThat(overTcp.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(overTcp.getSection(Section.ANSWER)).isEqualTo(reply.message().getSection(Section.ANSWER));
    }

    @Test
    void the_soa_of_a_negative_answer_that_does_not_fit_is_told_by_tc() {
        Reply reply = Reply.to(NAME, Type.A)
                .rcode(Rcode.NXDOMAIN)
                .authority("example.org. 60 IN SOA ns.example.org. host.example.org. 1 3600 600 86400 60")
                .authority(Services.lines(30, "example.org. 80 IN TXT \"%s\""));

        Message got = Asked.of(NAME, Type.A).overUdp(writer, Services.verbatim(reply));

        assertThat(got.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(got.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(got.getSection(Section.AUTHORITY)).isEmpty();
    }

    @Test
    void every_ttl_is_counted_down_and_stops_at_zero() {
        VerbatimAnswer answer = Services.verbatim(Reply.to(NAME, Type.A)
                .answer("www.example.org. 60 IN CNAME a.example.org.", "a.example.org. 5 IN A 10.0.0.1")
                .authority("example.org. 90 IN NS ns.example.org.")
                .additional("ns.example.org. 100 IN A 10.9.9.9")
                .opt());

        Message got = Asked.of(NAME, Type.A).edns(1232).overUdp(writer, answer, 10);

        assertThat(got.getSection(Section.ANSWER)).extracting(Record::getTTL).containsExactly(50L, 0L);
        assertThat(got.getSection(Section.AUTHORITY)).extracting(Record::getTTL).containsExactly(80L);
        assertThat(got.getSection(Section.ADDITIONAL))
                .filteredOn(record -> record.getType() == Type.A)
                .extracting(Record::getTTL)
                .containsExactly(90L);
    }

    @Test
    void ttls_that_were_left_out_leave_no_trace() {
        VerbatimAnswer answer =
                Services.verbatim(Reply.to(NAME, Type.A).answer(Services.lines(200, "www.example.org. 60 IN A %s")));

        byte[] wire = Asked.of(NAME, Type.A).edns(1232).udpWire(writer, answer, 10);

        assertThat(wire).hasSize(12 + 17 + 4 + 11);
        assertThat(Asked.parsed(wire).getOPT().getPayloadSize()).isEqualTo(1232);
    }

    @Test
    void the_recursors_opt_record_stays_between_it_and_us() {
        VerbatimAnswer answer = Services.verbatim(Reply.to(NAME, Type.A)
                .answer("www.example.org. 60 IN A 10.0.0.1")
                .opt());

        assertThat(Asked.of(NAME, Type.A).overUdp(writer, answer).getOPT()).isNull();
        Message with = Asked.of(NAME, Type.A).ednsWithDo(4096).overUdp(writer, answer);
        assertThat(with.getSection(Section.ADDITIONAL)).hasSize(1);
        assertThat(with.getOPT().getPayloadSize()).isEqualTo(1232);
        assertThat(with.getOPT().getFlags()).isEqualTo(0x8000);
    }

    @Test
    void ad_is_for_those_who_asked_for_it() {
        VerbatimAnswer validated =
                Services.verbatim(Reply.to(NAME, Type.A).flag(Flags.AD).answer("www.example.org. 60 IN A 10.0.0.1"));

        assertThat(ad(Asked.of(NAME, Type.A), validated)).isFalse();
        assertThat(ad(Asked.of(NAME, Type.A).flag(Flags.AD), validated)).isTrue();
        assertThat(ad(Asked.of(NAME, Type.A).ednsWithDo(1232), validated)).isTrue();

        VerbatimAnswer unvalidated =
                Services.verbatim(Reply.to(NAME, Type.A).answer("www.example.org. 60 IN A 10.0.0.1"));
        assertThat(ad(Asked.of(NAME, Type.A).flag(Flags.AD), unvalidated)).isFalse();
    }

    @Test
    void the_question_comes_back_in_the_case_it_was_asked_in() {
        VerbatimAnswer answer = Services.verbatim(Reply.to(NAME, Type.A).answer("www.example.org. 60 IN A 10.0.0.1"));
        assertThat(Asked.of("wWw.eXample.ORG.", Type.A)
                        .overUdp(writer, answer)
                        .getQuestion()
                        .getName())
                .hasToString("wWw.eXample.ORG.");
    }

    private boolean ad(Asked asked, VerbatimAnswer answer) {
        return asked.overUdp(writer, answer).getHeader().getFlag(Flags.AD);
    }
}
