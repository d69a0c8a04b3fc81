package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an answer says of instances: which there are, with their SRV records' numbers and their addresses. Not their order, nor their TTL, nor
 * what else stands beside them. Immutable.
 *
 * @param rcode its response code
 * @param instances one for each: its record's type and data, then those of its addresses
 */
record Content(int rcode, Set<ByteBuffer> instances) {
    private static final int TYPE = 2;
    private static final int TYPE_SRV = 33;
    private static final int SRV_TARGET = 6;

    /** Where the data begins, from the end of a record's owner on. */
    private static final int DATA = InstanceSet.FIXED_FIELDS;

    private static final int POINTER_MARK = 0xc0;

    static Content of(InstanceSet set) {
        Set<ByteBuffer> instances = new HashSet<>();
        for (int i = 0; i < set.instances(); i++) {
            instances.add(instance(set, i));
        }
        return new Content(set.rcode(), instances);
    }

    private static ByteBuffer instance(InstanceSet set, int instance) {
        ByteBuffer record = record(set, set.chain() + instance);
        int group = set.glueOf(instance);
        if (group == InstanceSet.NO_GLUE) {
            return record;
        }
        Set<ByteBuffer> glue = new TreeSet<>();
        for (int block = set.firstGlue(group); block < set.firstGlue(group + 1); block++) {
            glue.add(record(set, block));
        }
        ByteBuffer whole = ByteBuffer.allocate(record.remaining()
                + glue.stream().mapToInt(ByteBuffer::remaining).sum());
        whole.put(record);
        glue.forEach(whole::put);
        return whole.flip();
    }

    /** The type of the record in a block, and its data. */
    private static ByteBuffer record(InstanceSet set, int block) {
        byte[] bytes = set.bytes();
        int end = set.start(block) + set.length(block);
        int at = ownersEnd(bytes, set.start(block));
        byte[] record = new byte[TYPE + end - at - DATA];
        System.arraycopy(bytes, at, record, 0, TYPE);
        System.arraycopy(bytes, at + DATA, record, TYPE, record.length - TYPE);
        if (record[0] == 0 && record[1] == TYPE_SRV) {
            for (int i = TYPE + SRV_TARGET; i < record.length; i++) {
                record[i] = DomainName.lowerCase(record[i]);
            }
        }
        return ByteBuffer.wrap(record);
    }

    private static int ownersEnd(byte[] bytes, int start) {
        int at = start;
        while (bytes[at] != 0) {
            if ((bytes[at] & POINTER_MARK) == POINTER_MARK) {
                return at + InstanceSet.POINTER;
            }
            at += bytes[at] + 1;
        }
        return at + 1;
    }

    @Override
    public String toString() {
        return rcode + " "
                + instances.stream()
                        .map(ByteBuffer::array)
                        .map(Arrays::toString)
                        .toList();
    }
}
