package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Question;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What becomes of the TTLs that an agent gives. */
class BoundedTtlsTest {
    private static final Name NAME = Name.fromConstantString("web.service.consul.");

    private static Message bounded(int floor, int cap, Record... records) throws IOException {
        Message message = Message.newQuery(Record.newRecord(NAME, Type.A, DClass.IN));
        for (Record record : records) {
            message.addRecord(record, Section.ANSWER);
        }
        byte[] told = message.toWire();
        return new Message(new BoundedTtls(question -> CompletableFuture.completedFuture(told), floor, cap)
                .ask(Question.of(NAME.toString(), Type.A))
                .join());
    }

    private static Record address(long ttl) throws IOException {
        return new ARecord(NAME, DClass.IN, ttl, InetAddress.getByAddress(new byte[] {10, 0, 0, 1}));
    }

    private static List<Long> ttls(Message message) {
        return message.getSection(Section.ANSWER).stream().map(Record::getTTL).toList();
    }

    @Test
    void smaller_ones_are_raised_and_larger_ones_lowered() throws IOException {
        assertThat(ttls(bounded(5, 60, address(0)))).containsExactly(5L);
        assertThat(ttls(bounded(5, 60, address(30)))).containsExactly(30L);
        assertThat(ttls(bounded(5, 60, address(600)))).containsExactly(60L);
    }

    @Test
    void how_long_it_may_be_kept_that_there_is_nothing_is_bounded_too() throws IOException {
        SOARecord soa = new SOARecord(NAME, DClass.IN, 0, NAME, NAME, 1, 2, 3, 4, 0);

        SOARecord told =
                (SOARecord) bounded(7, 60, soa).getSection(Section.ANSWER).get(0);

        assertThat(told.getTTL()).isEqualTo(7);
        assertThat(told.getMinimum()).isEqualTo(7);
        assertThat(told.getExpire()).isEqualTo(4);
    }
}
