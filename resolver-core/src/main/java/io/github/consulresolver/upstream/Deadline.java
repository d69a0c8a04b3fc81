package io.github.consulresolver.upstream;

import java.time.Duration;

/** The end of the time one question may take. Immutable. */
final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /** Of a question that begins now. */
    static Deadline from(long now) {
        return in(Upstream.BUDGET, now);
    }

    static Deadline in(Duration budget, long now) {
        return new Deadline(now + budget.toNanos());
    }

    /** An earlier one, for the first of {@code parts} attempts that share what is left. */
    Deadline share(int parts, long now) {
        return new Deadline(now + left(now) / parts);
    }

    /** What is left, in nanoseconds; 0 when nothing is. */
    long left(long now) {
        return Math.max(0, end - now);
    }
}
