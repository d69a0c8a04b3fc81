package io.github.consulresolver.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Answer sets by question, within a bound of bytes.
 *
 * <p>Two stores, because names that do not exist are free to make up: a flood of them, and of names that nobody could answer, fills the store
 * of negative answers and leaves the others alone. That a name has no record of one type is one of the others: the name exists, and programs
 * ask for it as often as for the addresses that there are. Caffeine decides what goes when a store is full (it keeps what is asked often); it
 * does not decide what is fresh. That is computed when an answer is read, from the time it came, so an answer past its TTL is still there for
 * whoever has a use for it.
 *
 * <p>What is looked for is found in one index over both stores. An entry comes into the index, and leaves it, while Caffeine holds the lock on
 * its question, so that the two agree.
 *
 * <p>Thread-safe; a {@link Reader} is not.
 */
public final class AnswerCache {
    /**
     * Of so many answers that a reader finds, one is told to Caffeine: enough for it to know what is asked often, and telling costs more than
     * finding.
     */
    private static final int TOLD = 16;

    private final AnswerIndex index = new AnswerIndex();
    private final Cache<Question, Entry> positives;
    private final Cache<Question, Entry> negatives;

    /**
     * @param maxBytes bound of the answers about names that exist, in bytes, more than 0
     * @param maxNegativeBytes bound of all others, in bytes, more than 0
     */
    public AnswerCache(long maxBytes, long maxNegativeBytes) {
        positives = store(maxBytes);
        negatives = store(maxNegativeBytes);
    }

    private Cache<Question, Entry> store(long maxBytes) {
        return Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Question question, Entry entry) -> entry.weight())
                .evictionListener((@Nullable Question question, @Nullable Entry entry, RemovalCause cause) ->
                        index.remove(Objects.requireNonNull(entry)))
                // On the thread that writes: a pool of threads for a few microseconds of work costs more than it saves.
                .executor(Runnable::run)
                .build();
    }

    private Cache<Question, Entry> storeOf(Entry entry) {
        return entry.isNegative() ? negatives : positives;
    }

    /** Keeps {@code answer}, instead of whatever was kept for {@code question}. */
    public void put(Question question, CachedAnswer answer) {
        Entry entry = new Entry(question, answer);
        storeOf(entry).asMap().compute(question, (same, earlier) -> {
            index.put(entry);
            return entry;
        });
        // What had its place in the index, unless something later has come there, too.
        (entry.isNegative() ? positives : negatives)
                .asMap()
                .computeIfPresent(question, (same, other) -> index.find(question) == other ? other : null);
    }

    /** Drops all answers to questions for names at and below {@code suffix}. Takes a while where much is kept. */
    public void removeBelow(DomainName suffix) {
        removeBelow(suffix, positives.asMap());
        removeBelow(suffix, negatives.asMap());
    }

    private void removeBelow(DomainName suffix, ConcurrentMap<Question, Entry> store) {
        for (Question question : store.keySet()) {
            if (question.isIn(suffix)) {
                store.computeIfPresent(question, (same, entry) -> {
                    index.remove(entry);
                    return null;
                });
            }
        }
    }

    /** What is kept for {@code question}, fresh or not; null when nothing is. */
    public @Nullable CachedAnswer get(Question question) {
        Entry entry = index.find(question);
        if (entry == null) {
            return null;
        }
        tell(entry);
        return entry.answer();
    }

    /** Has Caffeine know that the entry was asked for. */
    private void tell(Entry entry) {
        Entry unused = storeOf(entry).getIfPresent(entry.question());
    }

    /** How many answers are kept, about. */
    public long size() {
        return positives.estimatedSize();
    }

    /** How many negative answers are kept, about. */
    public long negativeSize() {
        return negatives.estimatedSize();
    }

    /** How many answers can be found, negative ones included. */
    int found() {
        return index.size();
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
        private final SplittableRandom random = new SplittableRandom();
        private int untold = TOLD;

        @SuppressWarnings("UnusedVariable") // See fetch.
        private int fetched;

        private Reader() {}

        /**
         * What is kept for the question in wire form at {@code offset}; null when nothing is.
         *
         * @param length of name, type and class together, in bytes
         * @param flags as {@link Question#flags} has them
         */
        public @Nullable CachedAnswer find(ByteBuffer buffer, int offset, int length, int flags) {
            return find(buffer, offset, length, flags, Question.hash(buffer, offset, length, flags));
        }

        /** The same, where the question's hash is known. */
        public @Nullable CachedAnswer find(ByteBuffer buffer, int offset, int length, int flags, int hash) {
            Entry entry = index.find(buffer, offset, length, flags, hash);
            if (entry == null) {
                return null;
            }
            if (--untold <= 0) {
                tell(entry);
                // Drawn, because questions may come in a round.
                untold = 1 + random.nextInt(2 * TOLD - 1);
            }
            return entry.answer();
        }

        /**
         * Has the processor fetch what {@link #find} will look at, for questions that are looked for next. Where much is kept, each of them waits
         * for memory half a dozen times, one after the other; here all of them wait at the same time.
         *
         * @param hashes of the questions, the first {@code count} of them
         */
        public void fetch(int[] hashes, int count) {
            int weight = 0;
            for (int i = 0; i < count; i++) {
                Entry entry = index.likely(hashes[i]);
                // Looks at all that an entry consists of.
                weight += entry == null ? 0 : entry.weight();
            }
            // Of no use to anybody, and kept so that the JIT does not see that.
            fetched = weight;
        }
    }
}
