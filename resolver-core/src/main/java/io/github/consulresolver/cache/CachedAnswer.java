package io.github.consulresolver.cache;

import io.github.consulresolver.dns.AnswerSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer set, when it came, and from which zone; until when it is known to be true, where somebody knows; and, once its time is over, what
 * became of the attempts to have it anew. A hit does not look at the latter.
 *
 * <p>Its TTL begins when it was last known to be true: when it came, or when its {@link Coverage} ended. What is known to have changed has
 * none left.
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
    private final long lifetime;
    private volatile @Nullable Coverage coverage;
    private final short zone;
    private byte asked;
    private volatile @Nullable Failure failure;

    /** Written by many threads, and lost now and then: it is a hint. */
    private boolean used;

    /**
     * @param answers what was said
     * @param zone the zone's place in the table of zones, 0 to 32,767, for those who count
     * @param storedAt when it came, in the nanoseconds of {@link System#nanoTime}
     */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt) {
        this(answers, zone, storedAt, null);
    }

    /** The same that may be answered for {@code lifetime} nanoseconds, whatever its TTL is. */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt, long lifetime) {
        this(answers, zone, storedAt, lifetime, null);
    }

    /** The same that could not be had anew since, or that only says that it could not be had. */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt, @Nullable Failure failure) {
        this(answers, zone, storedAt, TimeUnit.SECONDS.toNanos(answers.ttl()), failure);
    }

    private CachedAnswer(AnswerSet answers, int zone, long storedAt, long lifetime, @Nullable Failure failure) {
        this.answers = answers;
        this.zone = (short) zone;
        this.storedAt = storedAt;
        this.lifetime = lifetime;
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

    /** Whether it may be answered at {@code now}: it is coherent, or its TTL has not run out. One with TTL 0 may only be the former. */
    public boolean isFresh(long now) {
        Coverage known = coverage;
        if (known != null && known.holds(now)) {
            return true;
        }
        // The caller may have looked at the clock before this was stored.
        return lifetime > 0 && staleness(now) < 0;
    }

    /**
     * Whether it is coherent, or nine tenths of its TTL are not over yet at {@code now}: then it is fresh, and that is all there is to know of it. Costs no more
     * than {@link #isFresh}.
     */
    public boolean isFarFromItsEnd(long now) {
        Coverage known = coverage;
        if (known != null && known.holds(now)) {
            return true;
        }
        boolean changed = known != null && known.isChanged();
        return !changed && answers.ttl() > 0 && now - lastTrue(known, now) < answers.ttl() * NINE_TENTHS_OF_A_SECOND;
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

    /** Whether it is known to be true at {@code now}. */
    public boolean isCoherent(long now) {
        Coverage known = coverage;
        return known != null && known.holds(now);
    }

    /** For how long its time has been over at {@code now}, in nanoseconds; negative while it is not. */
    public long staleness(long now) {
        Coverage known = coverage;
        boolean changed = known != null && known.isChanged();
        return now - lastTrue(known, now) - (changed ? 0 : lifetime);
    }

    /**
     * How old it is at {@code now}, in whole seconds, at least 0: what the TTLs given to clients are lowered by. One that is known to be true
     * does not age.
     */
    public int age(long now) {
        return (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(now - lastTrue(coverage, now)));
    }

    private long lastTrue(@Nullable Coverage known, long now) {
        if (known == null) {
            return storedAt;
        }
        long until = known.heldUntil(now);
        return until - storedAt > 0 ? until : storedAt;
    }

    /** The last claim that it is true; null when nobody ever claimed it. */
    public @Nullable Coverage coverage() {
        return coverage;
    }

    /** From now on it is as true as this says; null for as its TTL says. */
    public void cover(@Nullable Coverage claim) {
        coverage = claim;
    }

    /** It was given to somebody. Costs next to nothing. */
    public void use() {
        if (!used) {
            used = true;
        }
    }

    /** Whether it was given to anybody since this was asked last, about. */
    public boolean takeUse() {
        boolean taken = used;
        used = false;
        return taken;
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
        return answers.weight() + 48 + (failure == null ? 0 : Failure.WEIGHT);
    }
}
