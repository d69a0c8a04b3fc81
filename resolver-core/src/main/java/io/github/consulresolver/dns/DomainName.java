package io.github.consulresolver.dns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An absolute domain name in wire form, lower case: what zones are named by.
 *
 * <p>Immutable; two names are equal when they differ in case only (RFC 4343).
 */
public final class DomainName {
    /** The name of everything. */
    public static final DomainName ROOT = new DomainName(new byte[] {0});

    static final int MAX_LABEL = 63;
    static final int MAX_LENGTH = 255;

    private final byte[] wire;

    private DomainName(byte[] wire) {
        this.wire = wire;
    }

    /**
     * Reads a name as people write it: labels with dots between them, with or without the last dot. A backslash makes the next
     * character ordinary, {@code \DDD} is a byte by its decimal value (RFC 1035 section 5.1).
     *
     * @throws IllegalArgumentException when DNS cannot carry the name; the message says why
     */
    public static DomainName of(String text) {
        return new DomainName(lowerCase(read(text)));
    }

    /** The name that {@code wire} is: uncompressed, well-formed, in any case. */
    static DomainName ofWire(byte[] wire) {
        return new DomainName(lowerCase(wire.clone()));
    }

    /** Wire form of {@code text}, case kept. */
    static byte[] read(String text) {
        if (text.isEmpty() || text.equals(".")) {
            return new byte[] {0};
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length + 2];
        int label = 0;
        int at = 1;
        for (int i = 0; i < in.length; i++) {
            byte b = in[i];
            if (b == '.') {
                endLabel(out, label, at, text);
                label = at++;
                continue;
            }
            if (b == '\\') {
                if (i + 3 < in.length && isDigit(in[i + 1]) && isDigit(in[i + 2]) && isDigit(in[i + 3])) {
                    int value = (in[i + 1] - '0') * 100 + (in[i + 2] - '0') * 10 + in[i + 3] - '0';
                    if (value > 255) {
                        throw new IllegalArgumentException("\"" + text + "\": \\" + value + " is no byte");
                    }
                    b = (byte) value;
                    i += 3;
                } else if (i + 1 < in.length) {
                    b = in[++i];
                } else {
                    throw new IllegalArgumentException("\"" + text + "\" ends in a backslash");
                }
            }
            out[at++] = b;
        }
        if (at - label > 1) {
            endLabel(out, label, at, text);
            label = at++;
        }
        out[label] = 0;
        if (at > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is " + at + " bytes long in DNS, " + MAX_LENGTH + " are allowed");
        }
        return Arrays.copyOf(out, at);
    }

    private static void endLabel(byte[] out, int label, int at, String text) {
        int length = at - label - 1;
        if (length == 0) {
            throw new IllegalArgumentException("\"" + text + "\" has an empty label");
        }
        if (length > MAX_LABEL) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has a label of " + length + " bytes, " + MAX_LABEL + " are allowed");
        }
        out[label] = (byte) length;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** Whether {@code name} is this name or lies below it. */
    boolean isSuffixOf(DomainName name) {
        return isSuffixOf(ByteBuffer.wrap(name.wire), 0, name.wire.length);
    }

    /** Whether the uncompressed wire-form name at {@code offset} is this name or lies below it. */
    public boolean isSuffixOf(ByteBuffer buffer, int offset, int length) {
        int at = offset;
        int rest = length;
        while (rest > wire.length) {
            int step = 1 + (buffer.get(at) & 0xff);
            at += step;
            rest -= step;
        }
        if (rest != wire.length) {
            return false;
        }
        for (int i = 0; i < wire.length; i++) {
            if (lowerCase(buffer.get(at + i)) != wire[i]) {
                return false;
            }
        }
        return true;
    }

    /** A fresh copy in wire form. */
    public byte[] toWire() {
        return wire.clone();
    }

    /** Length in wire form, in bytes, 1 to 255. */
    public int length() {
        return wire.length;
    }

    /** How many labels it has, the root's empty one not counted. */
    public int labels() {
        int labels = 0;
        for (int at = 0; wire[at] != 0; at += wire[at] + 1) {
            labels++;
        }
        return labels;
    }

    /**
     * Length in bytes of the uncompressed name that begins at {@code offset}, or -1 when there is none: a label runs past
     * {@code limit}, the name is longer than 255 bytes, or a pointer or unknown label type stands in it.
     */
    static int measure(ByteBuffer buffer, int offset, int limit) {
        int end = Math.min(limit, offset + MAX_LENGTH);
        int at = offset;
        while (at < end) {
            int label = buffer.get(at) & 0xff;
            if (label == 0) {
                return at + 1 - offset;
            }
            if (label > MAX_LABEL) {
                return -1;
            }
            at += label + 1;
        }
        return -1;
    }

    /**
     * Lower case as DNS sees it: ASCII letters only (RFC 4343). A length byte is at most 63 and so never a letter, which is why
     * whole names may be put through this without looking for label boundaries.
     */
    public static byte lowerCase(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }

    private static byte[] lowerCase(byte[] name) {
        for (int i = 0; i < name.length; i++) {
            name[i] = lowerCase(name[i]);
        }
        return name;
    }

    /** The wire-form name at {@code offset} as people write it, with its last dot; bytes that are no plain text as {@code \DDD}. */
    public static String text(byte[] wire, int offset) {
        if (wire[offset] == 0) {
            return ".";
        }
        StringBuilder text = new StringBuilder();
        for (int at = offset; wire[at] != 0; ) {
            int length = wire[at++];
            for (int i = 0; i < length; i++) {
                int b = wire[at++] & 0xff;
                if (b <= ' ' || b >= 0x7f) {
                    text.append('\\').append((char) ('0' + b / 100));
                    text.append((char) ('0' + b / 10 % 10)).append((char) ('0' + b % 10));
                } else {
                    if (b == '.' || b == '\\' || b == '"' || b == ';' || b == '(' || b == ')' || b == '@' || b == '$') {
                        text.append('\\');
                    }
                    text.append((char) b);
                }
            }
            text.append('.');
        }
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DomainName name && Arrays.equals(wire, name.wire);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(wire);
    }

    /** The name as people write it, with its last dot. */
    @Override
    public String toString() {
        return text(wire, 0);
    }
}
