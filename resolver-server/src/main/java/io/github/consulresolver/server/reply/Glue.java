package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.InstanceSet;
import java.util.Arrays;

/**
 * The glue one reply needs: which groups, in the order they were needed, and where in the reply each group's target stands. A group is
 * needed once, however many instances point at it.
 *
 * <p>Not thread-safe.
 */
final class Glue {
    /** The last offset a compression pointer reaches. */
    private static final int MAX_POINTER = 0x3fff;

    /** For each group: the last reply it was needed in. */
    private long[] neededIn = new long[0];

    private int[] groups = new int[0];
    private int[] targets = new int[0];
    private int[] lengths = new int[0];
    private int needed;
    private int bytes;
    private long reply;

    /** Begins a reply. */
    void begin(InstanceSet set) {
        reply++;
        needed = 0;
        bytes = 0;
        if (neededIn.length < set.glueGroups()) {
            neededIn = Arrays.copyOf(neededIn, set.glueGroups());
            groups = new int[set.glueGroups()];
            targets = new int[set.glueGroups()];
            lengths = new int[set.glueGroups()];
        }
    }

    /** Bytes of the glue needed so far. */
    int bytes() {
        return bytes;
    }

    /** Bytes of the glue that an instance would add, if the target it points at were written at {@code target}. */
    int bytesOf(InstanceSet set, int group, int target, int targetLength) {
        if (group == InstanceSet.NO_GLUE || neededIn[group] == reply) {
            return 0;
        }
        int first = set.firstGlue(group);
        int end = set.firstGlue(group + 1);
        int pointers = set.start(end) - set.start(first);
        return isInReach(target) ? pointers : pointers + (end - first) * (targetLength - InstanceSet.POINTER);
    }

    /** Notes that an instance whose target stands at {@code target} was written, and needs {@code bytes} more. */
    void need(int group, int target, int bytes) {
        if (bytes > 0) {
            neededIn[group] = reply;
            groups[needed] = group;
            lengths[needed] = bytes;
            targets[needed++] = target;
            this.bytes += bytes;
        }
    }

    int needed() {
        return needed;
    }

    int group(int i) {
        return groups[i];
    }

    int target(int i) {
        return targets[i];
    }

    /** Bytes of the glue of one group that is needed. */
    int bytesOf(int i) {
        return lengths[i];
    }

    /** Whether a pointer can say where the target is; else its name has to be written out again. */
    static boolean isInReach(int target) {
        return target <= MAX_POINTER;
    }
}
