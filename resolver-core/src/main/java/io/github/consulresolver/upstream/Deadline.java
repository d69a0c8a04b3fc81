package io.github.consulresolver.upstream;

import java.time.Duration;

/** The end of the time one question may take. */
final class Deadline {
    /** Stub resolvers give up after 5 s; what comes later comes to nobody. */
    static final Duration BUDGET = Duration.ofMillis(4500);

    private final long end;

    Deadline() {
        this(BUDGET);
    }

    private Deadline(Duration budget) {
        end = System.nanoTime() + budget.toNanos();
    }

    /** An earlier one, for the first of {@code parts} attempts that share what is left. */
    Deadline share(int parts) {
        return new Deadline(left().dividedBy(parts));
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** What is left, {@code most} at most. */
    Duration left(Duration most) {
        Duration left = left();
        return left.compareTo(most) < 0 ? left : most;
    }
}
