package io.github.consulresolver.dns;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What is asked: name, type, class, and whether DNSSEC records (DO) or unchecked data (CD) are wanted; and, where answers differ by
 * that, in which network. It is what answers are kept by: two clients that ask the same question get the same answer set, whatever
 * their case, size or transport.
 *
 * <p>Immutable. The name is held in lower case; a reply echoes the client's own bytes instead.
 */
public final class Question {
    /** The client wants DNSSEC records (RFC 3225). */
    public static final int DNSSEC_OK = 1;

    /** The client wants data that failed validation, too (RFC 4035 section 3.2.2). */
    public static final int CHECKING_DISABLED = 2;

    /** Bytes of type and class, which follow the name. */
    public static final int TYPE_AND_CLASS = 4;

    private static final int CLASS_IN = 1;
    private static final byte[] ANYWHERE = {};

    /** Drawn anew in each process, so that nobody can choose names that all fall into one place of a hash table. */
    private static final long SEED = new SplittableRandom().nextLong();

    private static final long MULTIPLIER = new SplittableRandom().nextLong() | 1;

    /** Or'ed to eight bytes, makes letters small. It changes other characters, too, which a hash may. */
    private static final long LOWER_CASE = 0x2020202020202020L;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] wire;
    private final int flags;
    private final byte[] subnet;
    private final int hash;

    private Question(byte[] wire, int flags, byte[] subnet) {
        this.wire = wire;
        this.flags = flags;
        this.subnet = subnet;
        int plain = hash(ByteBuffer.wrap(wire), 0, wire.length, flags);
        this.hash = subnet.length == 0 ? plain : (int) mix(plain ^ Arrays.hashCode(subnet));
    }

    /**
     * The question for records of {@code type} (a number of the IANA registry, 0 to 65,535) at {@code name}.
     *
     * @throws IllegalArgumentException when DNS cannot carry the name
     */
    public static Question of(String name, int type) {
        return of(name, type, 0);
    }

    /** The same with {@link #DNSSEC_OK} and {@link #CHECKING_DISABLED} as {@code flags} has them. */
    public static Question of(String name, int type, int flags) {
        byte[] owner = DomainName.read(name);
        ByteBuffer wire = ByteBuffer.allocate(owner.length + TYPE_AND_CLASS);
        wire.put(owner).putShort((short) type).putShort((short) CLASS_IN);
        return copyOf(wire, 0, wire.capacity(), flags);
    }

    /**
     * Copies a question out of a message.
     *
     * @param offset where its name begins; the name is uncompressed and well-formed
     * @param length of name, type and class together, in bytes
     * @param flags {@link #DNSSEC_OK} and {@link #CHECKING_DISABLED}, or 0
     */
    public static Question copyOf(ByteBuffer buffer, int offset, int length, int flags) {
        byte[] wire = new byte[length];
        buffer.get(offset, wire);
        for (int i = 0; i < length - TYPE_AND_CLASS; i++) {
            wire[i] = DomainName.lowerCase(wire[i]);
        }
        return new Question(wire, flags, ANYWHERE);
    }

    /**
     * The same, asked by a client of one network.
     *
     * @param subnet the data of a client subnet option (RFC 7871 section 6), whose scope is 0
     */
    public Question inSubnet(byte[] subnet) {
        return new Question(wire, flags, subnet.clone());
    }

    /** The same, asked by anybody. */
    public Question withoutSubnet() {
        return hasSubnet() ? new Question(wire, flags, ANYWHERE) : this;
    }

    /** The hash code a question in wire form has, without making it an object. The buffer's order is big-endian, as DNS is. */
    public static int hash(ByteBuffer buffer, int offset, int length, int flags) {
        int end = offset + length;
        int name = end - TYPE_AND_CLASS;
        long hash = SEED ^ flags;
        int at = offset;
        for (; at + Long.BYTES <= name; at += Long.BYTES) {
            hash = mix(hash ^ (buffer.getLong(at) | LOWER_CASE));
        }
        long rest = 0;
        for (; at < name; at++) {
            rest = (rest << Byte.SIZE) | (buffer.get(at) & 0xff);
        }
        hash = mix(mix(hash ^ (rest | LOWER_CASE)) ^ buffer.getInt(name));
        return (int) hash;
    }

    /**
     * Both halves of the product: of the lower half alone some bits could be changed by who does not know the multiplier, and changed back
     * by the next eight bytes.
     */
    private static long mix(long hash) {
        return hash * MULTIPLIER ^ Math.multiplyHigh(hash, MULTIPLIER);
    }

    /** Whether the question in wire form at {@code offset}, asked by anybody, is this one. */
    public boolean matches(ByteBuffer buffer, int offset, int length, int flags) {
        if (length != wire.length || flags != this.flags || subnet.length != 0) {
            return false;
        }
        int i = 0;
        // Most clients ask in lower case: then eight bytes are compared at a time.
        while (i + Long.BYTES <= length && (long) LONGS.get(wire, i) == buffer.getLong(offset + i)) {
            i += Long.BYTES;
        }
        int name = length - TYPE_AND_CLASS;
        for (; i < name; i++) {
            if (DomainName.lowerCase(buffer.get(offset + i)) != wire[i]) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (buffer.get(offset + i) != wire[i]) {
                return false;
            }
        }
        return true;
    }

    /** The type asked for, 0 to 65,535. */
    public int type() {
        int at = wire.length - TYPE_AND_CLASS;
        return ((wire[at] & 0xff) << 8) | (wire[at + 1] & 0xff);
    }

    /** {@link #DNSSEC_OK} and {@link #CHECKING_DISABLED}, or 0. */
    public int flags() {
        return flags;
    }

    /** Whether it matters which network the client is in. */
    public boolean hasSubnet() {
        return subnet.length > 0;
    }

    /** The data of a client subnet option (RFC 7871 section 6), a fresh copy; of no bytes when {@link #hasSubnet} is false. */
    public byte[] subnet() {
        return subnet.clone();
    }

    /** Length in wire form of name, type and class, in bytes. */
    public int length() {
        return wire.length;
    }

    /** Whether the name asked for is {@code zone} or lies below it. */
    public boolean isIn(DomainName zone) {
        return zone.isSuffixOf(ByteBuffer.wrap(wire), 0, wire.length - TYPE_AND_CLASS);
    }

    /** The name asked for as people write it: lower case, with its last dot. */
    public String name() {
        return DomainName.text(wire, 0);
    }

    /** A fresh copy of name (lower case), type and class in wire form. */
    public byte[] toWire() {
        return wire.clone();
    }

    /** What it costs to keep, in bytes: the array and this object. */
    public int weight() {
        return wire.length + subnet.length + 48;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Question question
                && hash == question.hash
                && flags == question.flags
                && Arrays.equals(wire, question.wire)
                && Arrays.equals(subnet, question.subnet);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return name() + " type " + type();
    }
}
