package io.github.consulresolver.watch;

import java.time.Duration;

/**
 * How often something may be done: a burst, so that it is done at once when there is need, and few times in the long run, so that a catalog
 * that changes all the time does not have everybody ask all the time.
 */
final class Pace {
    private final int burst;
    private final long interval;

    /** When, if nobody asked in between, the whole burst would be there. */
    private long full;

    /**
     * @param now in nanoseconds
     * @param burst how often it may be done at once, 1 or more
     * @param interval between one time and the next, in the long run
     */
    Pace(long now, int burst, Duration interval) {
        full = now;
        this.burst = burst;
        this.interval = interval.toNanos();
    }

    /** Takes a turn. Returns how long to wait for it, zero if it is now. */
    Duration turn(long now) {
        full = Math.max(full - now, 0) + now + interval;
        return Duration.ofNanos(Math.max(0, full - now - burst * interval));
    }
}
