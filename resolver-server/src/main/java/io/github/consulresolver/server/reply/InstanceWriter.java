package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Query;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Writes instances, in an order drawn for this one reply, as many as there is room for.
 *
 * <p>It draws one after the other and stops when the next does not fit, so a reply of 3 out of 1,500 costs three draws. (A rotation
 * would be cheaper still, and is wrong: behind an instance that is down, its neighbour would get the load of two.)
 *
 * <p>An instance that stays keeps its glue, which points to the target in the first instance that has it; behind offset 16,383, where
 * pointers do not reach, the target is written out. SRV targets themselves are never compressed (RFC 2782). As with a Consul agent,
 * TC stays clear when instances are left out, unless the limits say otherwise.
 *
 * <p>Over TCP nothing more can be had than what one reply has, so there instances come before glue: when not all of both fits (which
 * takes about a thousand SRV records), all instances are written, and glue for as many of them as there is room.
 *
 * <p>Not thread-safe.
 */
final class InstanceWriter {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int POINTER_MARK = 0xc000;

    /** Type, class, TTL, length; then, in an SRV record, priority, weight and port stand before the target. */
    private static final int BEFORE_TARGET = InstanceSet.FIXED_FIELDS + 6;

    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_ANY = 255;

    private final Supplier<ReplyLimits> limits;
    private final Shuffle shuffle;
    private final Glue glue = new Glue();

    // The reply being written: write() sets all of these before anything reads them.
    @SuppressWarnings("NullAway.Init")
    private InstanceSet set;

    @SuppressWarnings("NullAway.Init")
    private ByteBuffer out;

    private int age;
    private int at;

    InstanceWriter(Supplier<ReplyLimits> limits, SplittableRandom random) {
        this.limits = limits;
        shuffle = new Shuffle(random);
    }

    /**
     * Writes header flags, counts and records behind the question.
     *
     * @param age what becomes of TTLs, see {@link Ttls}
     * @param room the index the reply may reach
     * @return the index behind the last record
     */
    int write(Query query, InstanceSet set, int age, int room, boolean udp, ByteBuffer out) {
        this.set = set;
        this.age = age;
        this.out = out;
        at = Header.LENGTH + query.questionLength();
        glue.begin(set);

        ReplyLimits limit = limits.get();
        int wanted = isLimited(query.type()) ? mostAddresses(limit) : set.instances();
        boolean chainFits = at + length(0, set.chain()) <= room;
        int instances = 0;
        int authorities = 0;
        int additionals = 0;
        if (chainFits) {
            copy(0, set.chain());
            boolean classic = udp && query.udpSize() == Edns.CLASSIC_UDP_SIZE;
            int most = classic ? Math.min(limit.udpAnswerLimit(), wanted) : wanted;
            int begin = at;
            instances = writeInstances(most, room, true);
            if (!udp && instances < most) {
                at = begin;
                glue.begin(set);
                instances = writeInstances(most, room, false);
            }
            boolean complete = instances == set.instances();
            authorities = complete ? copyIfFits(set.firstAuthority(), set.authorities(), room - glue.bytes()) : 0;
            additionals = writeGlue(room);
            additionals += complete ? copyIfFits(set.firstExtra(), set.extras(), room) : 0;
        }
        int echoed = query.flags() & (Header.RD | Header.CD);
        boolean cut = !chainFits || (limit.truncate() && udp && instances < wanted);
        int truncated = cut ? Header.TC : 0;
        int flags = Header.QR | Header.RA | set.authoritative() | truncated | echoed | set.rcode();
        out.putShort(Header.FLAGS, (short) flags);
        out.putShort(Header.QUESTIONS, (short) 1);
        out.putShort(Header.ANSWERS, (short) (chainFits ? set.chain() + instances : 0));
        out.putShort(Header.AUTHORITIES, (short) authorities);
        out.putShort(Header.ADDITIONALS, (short) additionals);
        return at;
    }

    /** What stands at the end of an alias is as the agent limited it. */
    private boolean isLimited(int type) {
        return set.isService() && set.chain() == 0 && (type == TYPE_A || type == TYPE_AAAA || type == TYPE_ANY);
    }

    private int mostAddresses(ReplyLimits limit) {
        return limit.aRecordLimit() > 0 ? Math.min(limit.aRecordLimit(), set.instances()) : set.instances();
    }

    private int writeInstances(int most, int room, boolean withGlue) {
        shuffle.begin(set.instances());
        for (int written = 0; written < most; written++) {
            int instance = set.isOrdered() ? written : shuffle.next();
            int block = set.chain() + instance;
            int length = set.length(block);
            int group = set.glueOf(instance);
            int beforeTarget = group == InstanceSet.NO_GLUE ? 0 : ownerLength(set.start(block)) + BEFORE_TARGET;
            int glueBytes = glue.bytesOf(set, group, at + beforeTarget, length - beforeTarget);
            int glueRoom = withGlue ? glue.bytes() + glueBytes : 0;
            if (at + length + glueRoom > room) {
                // A first instance without its glue is better than none.
                if (written > 0 || at + length > room) {
                    return written;
                }
                copy(block, 1);
                return 1;
            }
            glue.need(group, at + beforeTarget, glueBytes);
            copy(block, 1);
        }
        return most;
    }

    /** Writes the glue that was needed, whole groups, as far as there is room. */
    private int writeGlue(int room) {
        int records = 0;
        for (int i = 0; i < glue.needed(); i++) {
            int target = glue.target(i);
            if (at + glue.bytesOf(i) > room) {
                break;
            }
            int end = set.firstGlue(glue.group(i) + 1);
            for (int block = set.firstGlue(glue.group(i)); block < end; block++) {
                int start = set.start(block) + InstanceSet.POINTER;
                int length = set.length(block) - InstanceSet.POINTER;
                if (Glue.isInReach(target)) {
                    out.putShort(at, (short) (POINTER_MARK | target));
                    at += InstanceSet.POINTER;
                } else {
                    writeOut(target);
                }
                out.put(at, set.bytes(), start, length);
                age(at + 4);
                at += length;
                records++;
            }
        }
        return records;
    }

    /** Writes the name that stands at {@code target}, uncompressed, again. */
    private void writeOut(int target) {
        int from = target;
        int label;
        do {
            label = out.get(from);
            for (int i = 0; i <= label; i++) {
                out.put(at++, out.get(from++));
            }
        } while (label != 0);
    }

    private int copyIfFits(int first, int count, int room) {
        if (at + length(first, count) > room) {
            return 0;
        }
        copy(first, count);
        return count;
    }

    /** Copies blocks that follow one another, and lowers their TTLs. */
    private void copy(int first, int count) {
        int from = set.start(first);
        int length = length(first, count);
        copyBytes(from, length);
        if (age != 0) {
            for (int block = first; block < first + count; block++) {
                int start = set.start(block);
                age(at + start - from + ownerLength(start) + 4);
            }
        }
        at += length;
    }

    /** Eight at a time, the last eight a second time where the length is no multiple; a block has more than that. */
    private void copyBytes(int from, int length) {
        byte[] bytes = set.bytes();
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            out.putLong(at + i, (long) LONGS.get(bytes, from + i));
        }
        if (last >= 0) {
            out.putLong(at + last, (long) LONGS.get(bytes, from + last));
        }
    }

    private void age(int ttl) {
        out.putInt(ttl, Ttls.given(out.getInt(ttl), age));
    }

    private int length(int first, int count) {
        return set.start(first + count) - set.start(first);
    }

    /** Length of the name at {@code start} in the blocks: labels, then a pointer or the root. */
    private int ownerLength(int start) {
        byte[] bytes = set.bytes();
        int end = start;
        while (bytes[end] > 0) {
            end += bytes[end] + 1;
        }
        return end - start + (bytes[end] == 0 ? 1 : InstanceSet.POINTER);
    }
}
