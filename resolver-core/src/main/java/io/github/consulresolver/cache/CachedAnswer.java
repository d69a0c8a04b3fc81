package io.github.consulresolver.cache;

import io.github.consulresolver.dns.AnswerSet;
import java.util.concurrent.TimeUnit;

/**
 * An answer set, when it came, and from which zone.
 *
 * @param answers what was said
 * @param zone the zone's place in the table of zones, for those who count
 * @param storedAt when it came, in the nanoseconds of {@link System#nanoTime}
 */
public record CachedAnswer(AnswerSet answers, int zone, long storedAt) {

    /** Whether it may be answered at {@code now}: its TTL has not run out. One with TTL 0 never may. */
    public boolean isFresh(long now) {
        // The caller may have looked at the clock before this was stored.
        return answers.ttl() > 0 && now - storedAt < TimeUnit.SECONDS.toNanos(answers.ttl());
    }

    /** How old it is at {@code now}, in whole seconds, at least 0: what the TTLs given to clients are lowered by. */
    public int age(long now) {
        return (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(now - storedAt));
    }

    int weight() {
        return answers.weight() + 32;
    }
}
