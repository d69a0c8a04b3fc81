package io.github.consulresolver.upstream;

import java.time.Duration;

/** The end of the time one question may take. */
final class Deadline {
    /** Stub resolvers give up after 5 s; what comes later comes to nobody. */
    static final Duration BUDGET = Duration.ofMillis(4500);

    private final long end = System.nanoTime() + BUDGET.toNanos();

    Duration left() {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /** What is left, {@code most} at most. */
    Duration left(Duration most) {
        Duration left = left();
        return left.compareTo(most) < 0 ? left : most;
    }
}
