package io.github.consulresolver.watch;

import java.time.Duration;

/**
 * How often a watch may ask: a burst, so that a change is heard of at once, and few in the long run, so that a service that changes all the
 * time does not have its watchers ask all the time.
 */
final class Pace {
    private static final int BURST = 20;
    private static final long INTERVAL = Duration.ofMillis(200).toNanos();

    /** When, if nobody asked in between, the whole burst would be there. */
    private long full;

    /** @param now in nanoseconds */
    Pace(long now) {
        full = now;
    }

    /** Takes a turn. Returns how long to wait for it, zero if it is now. */
    Duration turn(long now) {
        full = Math.max(full - now, 0) + now + INTERVAL;
        return Duration.ofNanos(Math.max(0, full - now - BURST * INTERVAL));
    }
}
