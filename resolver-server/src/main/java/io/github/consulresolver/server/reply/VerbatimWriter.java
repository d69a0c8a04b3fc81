package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.nio.ByteBuffer;

/**
 * Writes what a recursor said. What does not fit is left out by whole sections, from the end: that leaves no RRset in parts, and no
 * pointer without its target, since pointers point backwards. TC tells of the loss where it matters: of answers, or of the SOA record
 * that says how long there is none (RFC 2181 section 9).
 */
final class VerbatimWriter {
    private VerbatimWriter() {}

    static int write(Query query, VerbatimAnswer answer, int age, int room, ByteBuffer out) {
        ByteBuffer counts = ByteBuffer.wrap(answer.message());
        int body = Header.LENGTH + query.questionLength();
        int end = answer.message().length;
        int answers = counts.getShort(Header.ANSWERS);
        int authorities = counts.getShort(Header.AUTHORITIES);
        int additionals = answer.additionals();
        int truncated = 0;
        if (end > room) {
            additionals = 0;
            end = answer.authoritiesEnd();
        }
        if (end > room) {
            truncated = answer.isNegative() ? Header.TC : 0;
            authorities = 0;
            end = answer.answersEnd();
        }
        if (end > room) {
            truncated = Header.TC;
            answers = 0;
            end = body;
        }
        out.put(body, answer.message(), body, end - body);
        age(answer, age, end, out);

        // AD is for those who asked for it by either bit (RFC 6840 section 5.8).
        boolean wantsAd = query.isDnssecOk() || (query.flags() & Header.AD) != 0;
        int kept = answer.flags() & (Header.AA | (wantsAd ? Header.AD : 0));
        int echoed = query.flags() & (Header.RD | Header.CD);
        int flags = Header.QR | Header.RA | kept | truncated | echoed | answer.rcode();
        out.putShort(Header.FLAGS, (short) flags);
        out.putShort(Header.QUESTIONS, (short) 1);
        out.putShort(Header.ANSWERS, (short) answers);
        out.putShort(Header.AUTHORITIES, (short) authorities);
        out.putShort(Header.ADDITIONALS, (short) additionals);
        return end;
    }

    private static void age(VerbatimAnswer answer, int age, int end, ByteBuffer out) {
        if (age == 0) {
            return;
        }
        for (int i = 0; i < answer.records() && answer.ttlOffset(i) < end; i++) {
            int at = answer.ttlOffset(i);
            out.putInt(at, Ttls.given(out.getInt(at), age));
        }
    }
}
