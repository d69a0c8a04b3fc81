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
    private final AnswerSet answers;
    private final int zone;
    private final long storedAt;
    private final long lifetime;
    private volatile @Nullable Coverage coverage;
    private volatile @Nullable Failure failure;

    /** Written by many threads, and lost now and then: it is a hint. */
    private boolean used;

    /**
     * @param answers what was said
     * @param zone the zone's place in the table of zones, for those who count
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
        this.zone = zone;
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
    }

    int weight() {
        return answers.weight() + 48 + (failure == null ? 0 : Failure.WEIGHT);
    }
}
