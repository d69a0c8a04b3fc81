package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.InstanceSet;
import java.nio.ByteBuffer;

/**
 * Where a record's type and data are among the bytes of an {@link InstanceSet}.
 *
 * @param bytes the set's
 * @param type a number of the IANA registry
 * @param data the index at which the data begins
 * @param length of the data, in bytes
 */
record Block(byte[] bytes, int type, int data, int length) {
    /** The two highest bits of a compression pointer (RFC 1035 section 4.1.4). */
    private static final int POINTER_BITS = 0xc0;

    /** A block whose owner is written out, or shortened by a pointer. */
    static Block of(InstanceSet set, int block) {
        byte[] bytes = set.bytes();
        int at = set.start(block);
        while (bytes[at] != 0 && (bytes[at] & POINTER_BITS) != POINTER_BITS) {
            at += bytes[at] + 1;
        }
        return behindOwner(bytes, at + (bytes[at] == 0 ? 1 : InstanceSet.POINTER));
    }

    /** A block of glue, which begins with room for a pointer. */
    static Block ofGlue(InstanceSet set, int block) {
        return behindOwner(set.bytes(), set.start(block) + InstanceSet.POINTER);
    }

    private static Block behindOwner(byte[] bytes, int at) {
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        int data = at + InstanceSet.FIXED_FIELDS;
        return new Block(bytes, fields.getShort(at) & 0xffff, data, fields.getShort(data - 2) & 0xffff);
    }
}
