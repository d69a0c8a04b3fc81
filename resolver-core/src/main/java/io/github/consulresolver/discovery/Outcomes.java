package io.github.consulresolver.discovery;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How requests to an instance came out, and until when it is ejected for it. Failures are counted by any thread; ejections are guarded by the
 * {@link LoadBalancer} whose instance it is.
 */
final class Outcomes {
    /** The most by which the time of an ejection is multiplied. */
    private static final int LONGEST = 10;

    private final AtomicInteger failuresInARow = new AtomicInteger();
    private int ejectionsInARow;
    private long until;
    private long duration;

    void succeeded() {
        // Reads first: every request comes here, and hardly any has something to change.
        if (failuresInARow.get() != 0) {
            failuresInARow.set(0);
        }
    }

    /** Returns how many failures there were since the last success. */
    int failed() {
        return failuresInARow.incrementAndGet();
    }

    /** Leaves it out for {@code base}, longer each time, unless it did well since the last time for as long as it was out then. */
    void eject(long now, long base) {
        boolean anew = ejectionsInARow == 0 || now - until > duration;
        ejectionsInARow = anew ? 1 : Math.min(LONGEST, ejectionsInARow + 1);
        duration = base * ejectionsInARow;
        until = now + duration;
        failuresInARow.set(0);
    }

    /** Failures of requests that were under way when it was ejected, and so count no more. */
    void forgetFailures() {
        failuresInARow.set(0);
    }

    boolean isEjected(long now) {
        return ejectionsInARow > 0 && until - now > 0;
    }

    long until() {
        return until;
    }
}
