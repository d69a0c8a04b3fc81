package io.github.consulresolver.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answer sets by question, within a bound of bytes.
 *
 * <p>Two stores, because names that do not exist are free to make up: a flood of them, and of names that nobody could answer, fills the store
 * of negative answers and leaves the others alone. That a name has no record of one type is among those: it belongs to a name that exists, and
 * programs ask for it as often as for the addresses that there are. Caffeine decides what goes when a store is full (it keeps what is asked often); it does not decide what is
 * fresh. That is computed when an answer is read, from the time it came, so an answer past its TTL is still there for whoever has a
 * use for it.
 *
 * <p>Thread-safe; a {@link Reader} is not.
 */
public final class AnswerCache {
    /** What one entry costs besides question and answer: Caffeine's node and the hash table's. Measured, about. */
    private static final int ENTRY_OVERHEAD = 112;

    private final Cache<Object, CachedAnswer> positives;
    private final Cache<Object, CachedAnswer> negatives;

    /**
     * @param maxBytes bound of the answers about names that exist, in bytes, more than 0
     * @param maxNegativeBytes bound of all others, in bytes, more than 0
     */
    public AnswerCache(long maxBytes, long maxNegativeBytes) {
        positives = store(maxBytes);
        negatives = store(maxNegativeBytes);
    }

    private static Cache<Object, CachedAnswer> store(long maxBytes) {
        return Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Object question, CachedAnswer answer) ->
                        ((Question) question).weight() + answer.weight() + ENTRY_OVERHEAD)
                // On the thread that writes: a pool of threads for a few microseconds of work costs more than it saves.
                .executor(Runnable::run)
                .build();
    }

    /** Keeps {@code answer}, instead of whatever was kept for {@code question}. */
    public void put(Question question, CachedAnswer answer) {
        boolean negative = answer.answers().rcode() != AnswerSet.NO_ERROR;
        // In this order, so that at no moment there is none.
        (negative ? negatives : positives).put(question, answer);
        (negative ? positives : negatives).invalidate(question);
    }

    /** Drops all answers to questions for names at and below {@code suffix}. Takes a while where much is kept. */
    public void removeBelow(DomainName suffix) {
        positives.asMap().keySet().removeIf(question -> ((Question) question).isIn(suffix));
        negatives.asMap().keySet().removeIf(question -> ((Question) question).isIn(suffix));
    }

    /** What is kept for {@code question}, fresh or not; null when nothing is. */
    public @Nullable CachedAnswer get(Question question) {
        CachedAnswer answer = positives.getIfPresent(question);
        return answer != null ? answer : negatives.getIfPresent(question);
    }

    /** How many answers are kept, about. */
    public long size() {
        return positives.estimatedSize();
    }

    /** How many negative answers are kept, about. */
    public long negativeSize() {
        return negatives.estimatedSize();
    }

    /** Bytes of the answers kept, about. */
    public long weight() {
        return weight(positives);
    }

    /** Bytes of the negative answers kept, about. */
    public long negativeWeight() {
        return weight(negatives);
    }

    private static long weight(Cache<?, ?> store) {
        return store.policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }

    /** A reader for one thread. */
    public Reader reader() {
        return new Reader();
    }

    /** Looks answers up by a question as it stands in a message, without making it an object. One thread uses it. */
    public final class Reader {
        private final Probe probe = new Probe();

        private Reader() {}

        /**
         * What is kept for the question in wire form at {@code offset}; null when nothing is.
         *
         * @param length of name, type and class together, in bytes
         * @param flags as {@link Question#flags} has them
         */
        public @Nullable CachedAnswer find(ByteBuffer buffer, int offset, int length, int flags) {
            probe.buffer = buffer;
            probe.offset = offset;
            probe.length = length;
            probe.flags = flags;
            probe.hash = Question.hash(buffer, offset, length, flags);
            CachedAnswer answer = positives.getIfPresent(probe);
            return answer != null ? answer : negatives.getIfPresent(probe);
        }
    }

    /**
     * Equal to the question it lies over. A hash table compares the key it is asked for with those it has, in this order, which is
     * why equality need not hold the other way round; what a look-up does not find is not stored, so no probe becomes a key.
     */
    private static final class Probe {
        private ByteBuffer buffer = ByteBuffer.allocate(0);
        private int offset;
        private int length;
        private int flags;
        private int hash;

        @Override
        public boolean equals(Object other) {
            return other instanceof Question question && question.matches(buffer, offset, length, flags);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
