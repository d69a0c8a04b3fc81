package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies. Each begins with the client's own question, byte for byte, so that the case it was asked in comes back, and so that
 * pointers to it from prepared blocks are right.
 *
 * <p>One writer an event loop; not thread-safe. Writing allocates nothing.
 */
public final class ReplyWriter {
    /** The most an IPv4 datagram carries: 65,535 without the IP and UDP headers. The kernel sends nothing at all of more. */
    private static final int MAX_DATAGRAM = 65_507;

    private final InstanceWriter instances;
    private final OptRecord opt;

    /**
     * @param limits how much clients are given; asked for each reply
     * @param udpSize the size we say we take, in bytes, 512 to 65,535
     * @param idleTimeout how long a client's connection may be idle, to be told to those who ask
     * @param random draws who comes first
     */
    public ReplyWriter(Supplier<ReplyLimits> limits, int udpSize, Duration idleTimeout, SplittableRandom random) {
        opt = new OptRecord(udpSize, idleTimeout);
        instances = new InstanceWriter(limits, random);
    }

    /** The same with no limits but {@code udpAnswerLimit}, the most instances a UDP client without EDNS is given. */
    ReplyWriter(int udpAnswerLimit, int udpSize, Duration idleTimeout, SplittableRandom random) {
        this(constant(new ReplyLimits(udpAnswerLimit, 0, false)), udpSize, idleTimeout, random);
    }

    private static Supplier<ReplyLimits> constant(ReplyLimits limits) {
        return () -> limits;
    }

    /**
     * Writes the reply that gives {@code answers}.
     *
     * @param age how old the answers are, in seconds; TTLs are lowered by it
     * @param out written from index 0 on; what does not fit its capacity is not written, as if it were the client's size
     * @return the reply's length in bytes
     */
    public int overUdp(Query query, AnswerSet answers, int age, ByteBuffer out) {
        return fresh(query, answers, age, true, out);
    }

    /** The same over TCP, where everything has its place, up to 65,535 bytes. */
    public int overTcp(Query query, AnswerSet answers, int age, ByteBuffer out) {
        return fresh(query, answers, age, false, out);
    }

    private int fresh(Query query, AnswerSet answers, int age, boolean udp, ByteBuffer out) {
        ExtendedError why = answers.rcode() == AnswerSet.SERVER_FAILURE ? ExtendedError.NO_REACHABLE_AUTHORITY : null;
        return write(query, answers, age, why, null, udp, out);
    }

    /**
     * Writes the reply that gives {@code answers} although their time is over (RFC 8767).
     *
     * @param ttl what all TTLs are, in seconds, more than 0
     * @param reason why there is nothing newer, for a client with EDNS; null when there is nothing to say
     * @param tcp whether it goes over TCP
     */
    public int stale(
            Query query, AnswerSet answers, int ttl, @Nullable ExtendedError reason, boolean tcp, ByteBuffer out) {
        return write(query, answers, Ttls.all(ttl), ExtendedError.STALE_ANSWER, reason, !tcp, out);
    }

    private int write(
            Query query,
            AnswerSet answers,
            int age,
            @Nullable ExtendedError why,
            @Nullable ExtendedError reason,
            boolean udp,
            ByteBuffer out) {
        int most = udp ? Math.min(query.udpSize(), MAX_DATAGRAM) : 0xffff;
        int size = Math.min(most, out.capacity());
        opt.begin(query, !udp);
        opt.errors(why, reason);
        copyQuestion(query, out);
        int end;
        if (answers instanceof InstanceSet set) {
            opt.subnet(set.subnetScope());
            end = instances.write(query, set, age, size - opt.length(), udp, out);
        } else {
            end = VerbatimWriter.write(query, (VerbatimAnswer) answers, age, size - opt.length(), out);
        }
        return opt.write(0, end, out);
    }

    /**
     * Writes the reply that says why there is no answer.
     *
     * @param rcode a response code, 0 to 4,095; above 15 the query has EDNS
     * @param why what else there is to say, for a client with EDNS; null when nothing
     * @param tcp whether it goes over TCP
     */
    public int error(Query query, int rcode, @Nullable ExtendedError why, boolean tcp, ByteBuffer out) {
        return error(query, rcode, why, null, tcp, out);
    }

    /**
     * Writes the reply for a client that asks too soon for what failed a moment ago, and is not tried again yet (RFC 9520).
     *
     * @param answers what was said instead of an answer; when it is an answer, but one that is of no use any longer, SERVFAIL is written
     */
    public int failedBefore(Query query, AnswerSet answers, @Nullable ExtendedError why, boolean tcp, ByteBuffer out) {
        return answers.rcode() == AnswerSet.NO_ERROR || answers.rcode() == AnswerSet.NAME_ERROR
                ? error(query, AnswerSet.SERVER_FAILURE, why, ExtendedError.CACHED_ERROR, tcp, out)
                : write(query, answers, 0, why, ExtendedError.CACHED_ERROR, !tcp, out);
    }

    private int error(
            Query query,
            int rcode,
            @Nullable ExtendedError why,
            @Nullable ExtendedError also,
            boolean tcp,
            ByteBuffer out) {
        opt.begin(query, tcp);
        opt.errors(why, also);
        copyQuestion(query, out);
        int opcode = query.flags() & Header.OPCODE_MASK;
        int flags = Header.QR | opcode | Header.RA | (query.flags() & (Header.RD | Header.CD));
        out.putShort(Header.FLAGS, (short) (flags | (rcode & Header.RCODE_MASK)));
        out.putShort(Header.QUESTIONS, (short) (query.questionLength() > 0 ? 1 : 0));
        out.putInt(Header.ANSWERS, 0);
        out.putShort(Header.ADDITIONALS, (short) 0);
        return opt.write(rcode >> 4, Header.LENGTH + query.questionLength(), out);
    }

    private static void copyQuestion(Query query, ByteBuffer out) {
        out.putShort(Header.ID, (short) query.id());
        ByteBuffer in = query.buffer();
        int from = query.questionOffset();
        int last = query.questionLength() - Long.BYTES;
        if (last < 0) {
            out.put(Header.LENGTH, in, from, query.questionLength());
            return;
        }
        // Eight bytes at a time, the last eight a second time where the length is no multiple.
        for (int i = 0; i < last; i += Long.BYTES) {
            out.putLong(Header.LENGTH + i, in.getLong(from + i));
        }
        out.putLong(Header.LENGTH + last, in.getLong(from + last));
    }
}
