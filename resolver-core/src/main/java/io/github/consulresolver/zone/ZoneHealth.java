package io.github.consulresolver.zone;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether a zone's upstream answers at all, and how fast. A name that fails while others are answered says nothing of the upstream, and
 * the other way round.
 *
 * <p>Times are in the nanoseconds of {@link System#nanoTime}. Thread-safe.
 */
final class ZoneHealth {
    /** One refusal may be the name's own. */
    private static final int REFUSALS = 2;

    /** One question may be a slow one; so many of them, and no answer to any other, are not. */
    private static final int SEVERAL = 4;

    /** How soon it is noticed that an upstream is back, whatever pause each name has. */
    private static final long PROBE_EVERY = TimeUnit.MILLISECONDS.toNanos(500);

    /** The weight of a new measurement (RFC 6298 section 2). */
    private static final int SMOOTHING = 8;

    private int failures;
    private int unanswered;
    private long severalAskedAt;
    private long answeredAt;
    private volatile boolean down;
    private volatile long recoveredAt;
    private volatile long roundTrip;
    private final AtomicLong nextProbe;

    /** @param now nothing that is asked about happened before */
    ZoneHealth(long now) {
        answeredAt = now - 1;
        recoveredAt = now - 1;
        nextProbe = new AtomicLong(now);
    }

    /** A question goes out. */
    synchronized void asked(long now) {
        nextProbe.set(now + PROBE_EVERY);
        if (unanswered < SEVERAL && ++unanswered == SEVERAL) {
            severalAskedAt = now;
        }
    }

    /** An answer came, be it that there is nothing. */
    synchronized void answered(long askedAt, long now) {
        failures = 0;
        unanswered = 0;
        answeredAt = now;
        if (down) {
            down = false;
            recoveredAt = now;
        } else if (askedAt - recoveredAt > 0) {
            // What was asked while it was down took as long as that lasted.
            long took = now - askedAt;
            roundTrip = roundTrip == 0 ? took : roundTrip + (took - roundTrip) / SMOOTHING;
        }
    }

    /** None came. */
    synchronized void silent(long askedAt) {
        failed(askedAt, REFUSALS);
    }

    /** Who was asked would or could not say. */
    synchronized void refused(long askedAt) {
        unanswered = 0;
        failed(askedAt, 1);
    }

    private void failed(long askedAt, int weight) {
        if (answeredAt - askedAt <= 0) {
            failures = Math.min(REFUSALS, failures + weight);
            down = down || failures == REFUSALS;
        }
    }

    /** Whether nobody has an answer from it. */
    boolean isDown() {
        return down;
    }

    /**
     * Whether several questions have gone out since the last answer, all of them {@code patience} ago or earlier: then the next one would wait in
     * vain. Both in nanoseconds.
     */
    synchronized boolean isLate(long patience, long now) {
        return unanswered == SEVERAL && now - severalAskedAt >= patience;
    }

    /** Whether it was down, and came back after {@code time}: what failed before says nothing now. */
    boolean isBackSince(long time) {
        return recoveredAt - time > 0;
    }

    /** Whether the caller is the one to see if it is back: it is down, and nobody has asked for a while. */
    boolean takesProbe(long now) {
        long due = nextProbe.get();
        return down && now - due >= 0 && nextProbe.compareAndSet(due, now + PROBE_EVERY);
    }

    /** The smoothed time from a question to its answer, in nanoseconds; 0 while it is not known. */
    long roundTrip() {
        return roundTrip;
    }

    @Override
    public String toString() {
        return (down ? "down" : "up") + ", " + TimeUnit.NANOSECONDS.toMillis(roundTrip) + " ms";
    }
}
