package io.github.consulresolver.dns;

import java.io.ByteArrayOutputStream;

/** Writes messages byte by byte, also such as no library would. */
final class Wire {
    static final int ID = 0x1234;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A message with these flags and counts. */
    static Wire message(int flags, int questions, int answers, int authorities, int additionals) {
        return new Wire().u16(ID, flags, questions, answers, authorities, additionals);
    }

    Wire u8(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    Wire u16(int... values) {
        for (int value : values) {
            u8(value >> 8, value);
        }
        return this;
    }

    Wire u32(int value) {
        return u16(value >> 16, value);
    }

    Wire name(String text) {
        out.writeBytes(DomainName.read(text));
        return this;
    }

    Wire pointer(int target) {
        return u16(0xc000 | target);
    }

    Wire question(String name, int type) {
        return name(name).u16(type, 1);
    }

    /** Type to length of a record of class IN, behind its owner. */
    Wire fields(int type, int ttl, int length) {
        return u16(type, 1).u32(ttl).u16(length);
    }

    Wire opt(int size, int version, int flags, int... options) {
        return u8(0).u16(41, size).u8(0, version).u16(flags, options.length).u8(options);
    }

    int length() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
