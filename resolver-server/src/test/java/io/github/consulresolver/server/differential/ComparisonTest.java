package io.github.consulresolver.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** The judge is judged: what is the same passes, and what is not is found. */
class ComparisonTest {

    private static final String A = "web.service.consul A";
    private static final String ONE = "web.service.consul. 60 IN A 10.0.0.1\n";
    private static final String TWO = "web.service.consul. 60 IN A 10.0.0.2\n";
    private static final String THREE = "web.service.consul. 60 IN A 10.0.0.3\n";
    private static final String FOUR = "web.service.consul. 60 IN A 10.0.0.4\n";
    private static final String TARGET = "web.service.consul. 60 IN SRV 1 1 80 a.node.dc1.consul.\n";
    private static final String OTHER_TARGET = "web.service.consul. 60 IN SRV 1 1 80 b.node.dc1.consul.\n";
    private static final String GLUE = "a.node.dc1.consul. 60 IN A 10.0.0.1\n";
    private static final String OTHER_GLUE = "b.node.dc1.consul. 60 IN A 10.0.0.2\n";
    private static final String SOA = "consul. 0 IN SOA ns.consul. hostmaster.consul. %d 3600 600 86400 0\n";

    @Test
    void another_order_and_duplicates_are_the_same() {
        assertThat(found(A, Transport.TCP, answer(ONE + TWO), answer(TWO + ONE + ONE)))
                .isEmpty();
    }

    @Test
    void a_record_that_is_missing_or_made_up_is_found() {
        assertThat(found(A, Transport.TCP, answer(ONE + TWO), answer(ONE))).containsExactly(Aspect.ANSWER_FEWER);
        assertThat(found(A, Transport.TCP, answer(ONE), answer(ONE + TWO))).containsExactly(Aspect.ANSWER_EXTRA);
        assertThat(found(A, Transport.TCP, answer(ONE), answer(""))).containsExactly(Aspect.ANSWER_MISSING);
    }

    @Test
    void another_three_of_four_are_the_same_and_two_are_not() {
        Message whole = answer(ONE + TWO + THREE + FOUR);
        Message three = answer(ONE + TWO + THREE);

        assertThat(found(A, Transport.UDP, whole, three, answer(TWO + THREE + FOUR)))
                .isEmpty();
        assertThat(found(A, Transport.UDP, whole, three, answer(ONE + TWO))).containsExactly(Aspect.ANSWER_FEWER);
        assertThat(found(A, Transport.UDP, whole, three, whole)).containsExactly(Aspect.ANSWER_MORE, Aspect.TOO_MANY);
    }

    @Test
    void a_TTL_may_have_counted_down_and_not_up() {
        assertThat(found(A, Transport.TCP, answer(ONE), answer(ONE.replace("60", "59"))))
                .isEmpty();
        assertThat(found(A, Transport.TCP, answer(ONE), answer(ONE.replace("60", "61"))))
                .containsExactly(Aspect.TTL);
        assertThat(found(A, Transport.TCP, answer(ONE), answer(ONE.replace("60", "10"))))
                .containsExactly(Aspect.TTL);
    }

    @Test
    void capitals_count_where_the_client_wrote_none() {
        Message capitals = answer(ONE.replace("web", "WEB"));

        assertThat(found(A, Transport.TCP, answer(ONE), capitals)).containsExactly(Aspect.ANSWER_EXTRA);
        assertThat(found("WEB.service.consul A", Transport.TCP, answer(ONE), capitals))
                .containsExactly(Aspect.LETTERS);
    }

    @Test
    void an_instance_that_lost_its_address_is_found() {
        Message whole = answer(TARGET + OTHER_TARGET, "", GLUE + OTHER_GLUE);
        Message ours = answer(TARGET + OTHER_TARGET, "", GLUE);

        assertThat(found("web.service.consul SRV", Transport.UDP_1232, whole, ours))
                .contains(Aspect.ADDITIONAL_MISSING);
    }

    @Test
    void the_time_in_an_SOA_record_counts_for_nothing_and_its_absence_does() {
        assertThat(found(A, Transport.TCP, answer("", SOA.formatted(1), ""), answer("", SOA.formatted(2), "")))
                .isEmpty();
        assertThat(found(A, Transport.TCP, answer("", SOA.formatted(1), ""), answer("")))
                .containsExactly(Aspect.AUTHORITY_MISSING);
    }

    @Test
    void bits_of_the_header_are_compared() {
        Message ours = answer(ONE);
        ours.getHeader().setFlag(Flags.TC);
        ours.getHeader().setFlag(Flags.AA);
        ours.getHeader().setRcode(2);

        assertThat(found(A, Transport.TCP, answer(ONE), ours))
                .containsExactly(Aspect.RCODE, Aspect.AUTHORITATIVE, Aspect.TRUNCATED);
    }

    @Test
    void a_reply_that_is_too_large_is_found() {
        Case asked = Case.parse(A, Set.of()).orElseThrow();
        Replies replies = new Replies(List.of(answer(ONE)), answer(ONE), answer(ONE), 513, 3, 5);

        assertThat(Comparison.of(asked, Transport.UDP, replies))
                .extracting(Finding::aspect)
                .containsExactly(Aspect.SIZE);
    }

    private static List<Aspect> found(String line, Transport transport, Message whole, Message ours) {
        return found(line, transport, whole, whole, ours);
    }

    /** By a transport with EDNS the missing OPT record of these messages is a finding of its own, which is left out. */
    private static List<Aspect> found(String line, Transport transport, Message whole, Message same, Message ours) {
        Case asked = Case.parse(line, Set.of()).orElseThrow();
        int size = ours.toWire().length;
        return Comparison.of(asked, transport, new Replies(List.of(whole), same, ours, size, 3, 5)).stream()
                .map(Finding::aspect)
                .filter(aspect -> aspect != Aspect.OPT)
                .toList();
    }

    private static Message answer(String answers) {
        return answer(answers, "", "");
    }

    private static Message answer(String answers, String authority, String additionals) {
        Message message = new Message(1);
        message.addRecord(Record.newRecord(Name.fromConstantString("web.service.consul."), 1, 1), Section.QUESTION);
        records(answers).forEach(record -> message.addRecord(record, Section.ANSWER));
        records(authority).forEach(record -> message.addRecord(record, Section.AUTHORITY));
        records(additionals).forEach(record -> message.addRecord(record, Section.ADDITIONAL));
        return message;
    }

    private static List<Record> records(String lines) {
        try (Master master = new Master(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), Name.root)) {
            List<Record> records = new ArrayList<>();
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
            return records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
