package io.github.consulresolver.upstream;

import java.time.Duration;

/**
 * How long a server takes to answer, and how long to wait for it: smoothed round trip plus four times its smoothed deviation (RFC 6298
 * section 2), between a floor and a ceiling; twice as long after silence (section 5.5), until something comes. Thread-safe.
 *
 * <p>Each attempt has an id of its own, so that an answer always tells which one it is to, and each counts (what Karn's rule is for cannot
 * happen).
 */
final class RoundTrip {
    /** Gains of RFC 6298 section 2.3: 1/8 for the round trip, 1/4 for the deviation. */
    private static final int ALPHA = 8;

    private static final int BETA = 4;

    private final long floor;
    private final long ceiling;
    private long smoothed;
    private long deviation;
    private long timeout;
    private long backedOff = Long.MIN_VALUE;

    /**
     * Of a server that nothing is known of.
     *
     * @param initial the time-out until it has answered once
     * @param floor no time-out is shorter
     * @param ceiling no time-out is longer
     */
    RoundTrip(Duration initial, Duration floor, Duration ceiling) {
        this.timeout = initial.toNanos();
        this.floor = floor.toNanos();
        this.ceiling = ceiling.toNanos();
    }

    /** An answer came, so many nanoseconds after it was asked for. */
    synchronized void answered(long nanos) {
        if (smoothed == 0) {
            smoothed = Math.max(1, nanos);
            deviation = nanos / 2;
        } else {
            deviation += (Math.abs(smoothed - nanos) - deviation) / BETA;
            smoothed = Math.max(1, smoothed + (nanos - smoothed) / ALPHA);
        }
        timeout = Math.min(ceiling, Math.max(floor, smoothed + BETA * deviation));
    }

    /**
     * None came in time. What was asked before the last such silence was noticed belongs to that one, and does not count again.
     *
     * @param asked when the attempt began
     */
    synchronized void silent(long asked, long now) {
        if (backedOff == Long.MIN_VALUE || asked - backedOff >= 0) {
            timeout = Math.min(ceiling, 2 * timeout);
            backedOff = now;
        }
    }

    /** How long to wait for an answer, in nanoseconds. */
    synchronized long timeout() {
        return timeout;
    }

    /** When an answer is late, in nanoseconds: what lies beyond half of what a time-out allows for. Not known before the first answer. */
    synchronized long late() {
        return smoothed == 0 ? timeout : smoothed + BETA / 2 * deviation;
    }

    /** The smoothed round trip, in nanoseconds; 0 before the first answer. */
    synchronized long smoothed() {
        return smoothed;
    }
}
