package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Writes replies. Each begins with the client's own question, byte for byte, so that the case it was asked in comes back, and so that
 * pointers to it from prepared blocks are right.
 *
 * <p>One writer an event loop; not thread-safe. Writing allocates nothing.
 */
public final class ReplyWriter {
    private static final short TYPE_OPT = 41;

    /** The most an IPv4 datagram carries: 65,535 without the IP and UDP headers. The kernel sends nothing at all of more. */
    private static final int MAX_DATAGRAM = 65_507;

    private final int udpSize;
    private final InstanceWriter instances;

    /**
     * @param limits how much clients are given; asked for each reply
     * @param udpSize the size we say we take, in bytes, 512 to 65,535
     * @param random draws who comes first
     */
    public ReplyWriter(Supplier<ReplyLimits> limits, int udpSize, SplittableRandom random) {
        this.udpSize = udpSize;
        instances = new InstanceWriter(limits, random);
    }

    /** The same with no limits but {@code udpAnswerLimit}, the most instances a UDP client without EDNS is given. */
    ReplyWriter(int udpAnswerLimit, int udpSize, SplittableRandom random) {
        this(constant(new ReplyLimits(udpAnswerLimit, 0, false)), udpSize, random);
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
        int size = Math.min(query.udpSize(), MAX_DATAGRAM);
        return write(query, answers, age, Math.min(size, out.capacity()), true, out);
    }

    /** The same over TCP, where everything has its place, up to 65,535 bytes. */
    public int overTcp(Query query, AnswerSet answers, int age, ByteBuffer out) {
        return write(query, answers, age, Math.min(0xffff, out.capacity()), false, out);
    }

    private int write(Query query, AnswerSet answers, int age, int size, boolean udp, ByteBuffer out) {
        int room = query.hasEdns() ? size - Edns.OPT_LENGTH : size;
        copyQuestion(query, out);
        int end = answers instanceof InstanceSet set
                ? instances.write(query, set, age, room, udp, out)
                : VerbatimWriter.write(query, (VerbatimAnswer) answers, age, room, out);
        return finish(query, end, 0, out);
    }

    /**
     * Writes the reply that says why there is no answer.
     *
     * @param rcode a response code, 0 to 4,095; above 15 the query has EDNS
     */
    public int error(Query query, int rcode, ByteBuffer out) {
        copyQuestion(query, out);
        int opcode = query.flags() & Header.OPCODE_MASK;
        int flags = Header.QR | opcode | Header.RA | (query.flags() & (Header.RD | Header.CD));
        out.putShort(Header.FLAGS, (short) (flags | (rcode & Header.RCODE_MASK)));
        out.putShort(Header.QUESTIONS, (short) (query.questionLength() > 0 ? 1 : 0));
        out.putInt(Header.ANSWERS, 0);
        out.putShort(Header.ADDITIONALS, (short) 0);
        return finish(query, Header.LENGTH + query.questionLength(), rcode >> 4, out);
    }

    private static void copyQuestion(Query query, ByteBuffer out) {
        out.putShort(Header.ID, (short) query.id());
        out.put(Header.LENGTH, query.buffer(), query.questionOffset(), query.questionLength());
    }

    /** Adds an OPT record if, and only if, the query had one (RFC 6891 section 6.1.1). */
    private int finish(Query query, int end, int extendedRcode, ByteBuffer out) {
        if (!query.hasEdns()) {
            return end;
        }
        out.put(end, (byte) 0);
        out.putShort(end + 1, TYPE_OPT);
        out.putShort(end + 3, (short) udpSize);
        out.putInt(end + 5, extendedRcode << 24 | (query.isDnssecOk() ? Edns.DO : 0));
        out.putShort(end + 9, (short) 0);
        out.putShort(Header.ADDITIONALS, (short) (out.getShort(Header.ADDITIONALS) + 1));
        return end + Edns.OPT_LENGTH;
    }
}
