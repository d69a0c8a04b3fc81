package io.github.consulresolver.cache;

import io.github.consulresolver.dns.AnswerSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer set, when it came, and from which zone; and, once it is past its TTL, what became of the attempts to have it anew. A hit
 * looks at the former alone.
 *
 * <p>Thread-safe.
 */
public final class CachedAnswer {
    private static final long NINE_TENTHS_OF_A_SECOND = TimeUnit.MILLISECONDS.toNanos(900);

    /** So many clients near the end make a name popular. */
    private static final int WANTED = 3;

    /** The TTL, in seconds, from which on the last tenth of it is long enough for a question. */
    private static final int SHORTEST_PREFETCHED = 5;

    private final AnswerSet answers;
    private final long storedAt;
    private final short zone;
    private byte asked;
    private volatile @Nullable Failure failure;

    /**
     * @param answers what was said
     * @param zone the zone's place in the table of zones, 0 to 32,767, for those who count
     * @param storedAt when it came, in the nanoseconds of {@link System#nanoTime}
     */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt) {
        this(answers, zone, storedAt, null);
    }

    /** The same that could not be had anew since, or that only says that it could not be had. */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt, @Nullable Failure failure) {
        this.answers = answers;
        this.zone = (short) zone;
        this.storedAt = storedAt;
        this.failure = failure;
    }

    /** What was said. */
    public AnswerSet answers() {
        return answers;
    }

    /** The place, in the table of zones, of the zone it came from. */
    public int zone() {
        return zone;
    }

    /** When it came, in the nanoseconds of {@link System#nanoTime}. */
    public long storedAt() {
        return storedAt;
    }

    /** Whether it may be answered at {@code now}: its TTL has not run out. One with TTL 0 never may. */
    public boolean isFresh(long now) {
        // The caller may have looked at the clock before this was stored.
        return answers.ttl() > 0 && staleness(now) < 0;
    }

    /**
     * Whether nine tenths of its TTL are not over yet at {@code now}: then it is fresh, and that is all there is to know of it. Costs no more
     * than {@link #isFresh}.
     */
    public boolean isFarFromItsEnd(long now) {
        return answers.ttl() > 0 && now - storedAt < answers.ttl() * NINE_TENTHS_OF_A_SECOND;
    }

    /**
     * Counts a client that asked when it was no longer far from its end; true for the one who makes it worth having anew before that. Two
     * threads that count at the same moment may count once, or both be told: it is a rule of thumb, and costs nobody a lock.
     */
    public boolean isWanted() {
        if (asked >= WANTED || answers.ttl() < SHORTEST_PREFETCHED) {
            return false;
        }
        return ++asked == WANTED;
    }

    /** For how long its TTL has been over at {@code now}, in nanoseconds; negative while it is not. */
    public long staleness(long now) {
        return now - storedAt - TimeUnit.SECONDS.toNanos(answers.ttl());
    }

    /** How old it is at {@code now}, in whole seconds, at least 0: what the TTLs given to clients are lowered by. */
    public int age(long now) {
        return (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(now - storedAt));
    }

    /** The last attempt to have it anew, where that failed; null when none did since it came. */
    public @Nullable Failure failure() {
        return failure;
    }

    /** It could not be had anew. */
    public void failed(Failure attempt) {
        failure = attempt;
        asked = 0;
    }

    int weight() {
        return answers.weight() + 32 + (failure == null ? 0 : Failure.WEIGHT);
    }
}
