package io.github.consulresolver.dns;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * A recursor's answer, kept as it came: order, compression and all. Only the TTLs, whose places are remembered, the id, a few
 * flags and the case of the question change on its way to a client; the OPT record is taken out, being between neighbours only.
 */
public final class VerbatimAnswer implements AnswerSet {
    private static final int TYPE_OPT = 41;

    private final byte[] message;
    private final int[] ttlOffsets;
    private final int answersEnd;
    private final int authoritiesEnd;
    private final int additionals;
    private final int ttl;
    private final boolean negative;

    private VerbatimAnswer(byte[] message, int maxTtl) throws MalformedMessageException {
        MessageReader reader = new MessageReader(message);
        byte[] kept = message.clone();
        Lifetime lifetime = new Lifetime();
        int[] ttls = new int[16];
        int records = 0;
        int additionals = 0;
        int end = reader.questionEnd();
        int answersEnd = end;
        int authoritiesEnd = end;
        boolean cut = false;
        while (reader.next()) {
            MessageReader.Section section = reader.section();
            // What follows an OPT record may point behind it, and cannot be moved: it goes, too. Everybody puts OPT
            // last.
            cut |= reader.type() == TYPE_OPT;
            if (cut) {
                continue;
            }
            lifetime.add(reader);
            if (records == ttls.length) {
                ttls = Arrays.copyOf(ttls, 2 * records);
            }
            ByteBuffer.wrap(kept).putInt(reader.ttlOffset(), Math.min(reader.ttl(), maxTtl));
            ttls[records++] = reader.ttlOffset();
            end = reader.end();
            switch (section) {
                case ANSWER -> answersEnd = authoritiesEnd = end;
                case AUTHORITY -> authoritiesEnd = end;
                case ADDITIONAL -> additionals++;
            }
        }
        this.message = Arrays.copyOf(kept, end);
        this.ttlOffsets = Arrays.copyOf(ttls, records);
        this.answersEnd = answersEnd;
        this.authoritiesEnd = authoritiesEnd;
        this.additionals = additionals;
        this.ttl = Math.min(lifetime.ttl(reader.rcode()), maxTtl);
        this.negative = lifetime.isNegative(reader.rcode());
        // No label begins with -1: only names that lead through no TTL can be read then. Others would be different ones
        // when it is lowered.
        MessageReader.check(withTtls(ttl -> -1));
    }

    /**
     * Keeps a whole reply message.
     *
     * @param maxTtl no TTL given to clients is larger, in seconds
     */
    public static VerbatimAnswer of(byte[] message, int maxTtl) throws MalformedMessageException {
        return new VerbatimAnswer(message, maxTtl);
    }

    /** What is kept of a question that nobody could answer: SERVFAIL, and nothing else. */
    public static VerbatimAnswer failureOf(Question question) {
        ByteBuffer message = ByteBuffer.allocate(Header.LENGTH + question.length());
        message.putShort(Header.FLAGS, (short) (Header.QR | SERVER_FAILURE)).putShort(Header.QUESTIONS, (short) 1);
        message.position(Header.LENGTH).put(question.toWire());
        try {
            return of(message.array(), 0);
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a message of a question alone cannot be read", impossible);
        }
    }

    @Override
    public int rcode() {
        return flags() & Header.RCODE_MASK;
    }

    @Override
    public int ttl() {
        return ttl;
    }

    @Override
    public boolean isNegative() {
        return negative;
    }

    /** Recursors are not told about the client's network, so nothing they say depends on it. */
    @Override
    public boolean isForEverySubnet() {
        return true;
    }

    @Override
    public int weight() {
        return message.length + 4 * ttlOffsets.length + 96;
    }

    /** The flags as the recursor sent them. */
    public int flags() {
        return ((message[Header.FLAGS] & 0xff) << 8) | (message[Header.FLAGS + 1] & 0xff);
    }

    /** The message without its OPT record; not to be written to. */
    public byte[] message() {
        return message;
    }

    /** A copy of the message with every TTL lowered by {@code age} seconds. */
    public byte[] aged(int age) {
        return withTtls(ttl -> Math.max(0, ttl - age));
    }

    private byte[] withTtls(IntUnaryOperator change) {
        byte[] copy = message.clone();
        ByteBuffer out = ByteBuffer.wrap(copy);
        for (int offset : ttlOffsets) {
            out.putInt(offset, change.applyAsInt(out.getInt(offset)));
        }
        out.putShort(Header.ADDITIONALS, (short) additionals);
        return copy;
    }

    /** The index behind the last answer. */
    public int answersEnd() {
        return answersEnd;
    }

    /** The index behind the last authority record. */
    public int authoritiesEnd() {
        return authoritiesEnd;
    }

    /** How many records the additional section has. */
    public int additionals() {
        return additionals;
    }

    /** How many TTLs there are. */
    public int records() {
        return ttlOffsets.length;
    }

    /** Where the TTL of record {@code record} (from 0, in the message's order) lies. */
    public int ttlOffset(int record) {
        return ttlOffsets[record];
    }
}
