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
    private final AnswerSet answers;
    private final int zone;
    private final long storedAt;
    private volatile @Nullable Failure failure;

    /**
     * @param answers what was said
     * @param zone the zone's place in the table of zones, for those who count
     * @param storedAt when it came, in the nanoseconds of {@link System#nanoTime}
     */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt) {
        this(answers, zone, storedAt, null);
    }

    /** The same that could not be had anew since, or that only says that it could not be had. */
    public CachedAnswer(AnswerSet answers, int zone, long storedAt, @Nullable Failure failure) {
        this.answers = answers;
        this.zone = zone;
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
    }

    int weight() {
        return answers.weight() + 32 + (failure == null ? 0 : Failure.WEIGHT);
    }
}
