package io.github.consulresolver.cache;

/**
 * How long an agent is believed without having said anything: until a moment that is moved on each time it shows that it is well. It runs out
 * by itself, also when the thread that should have noticed is held up, or the whole process was. Thread-safe; one thread moves it.
 */
public final class Lease {
    private volatile long until;

    /**
     * One that has run out.
     *
     * @param now in the nanoseconds of {@link System#nanoTime}
     */
    public Lease(long now) {
        until = now;
    }

    /** Whether it has not run out at {@code now}. */
    public boolean holds(long now) {
        return until - now > 0;
    }

    /** Until when, {@code now} at most, it has not run out. */
    long heldUntil(long now) {
        long end = until;
        return end - now > 0 ? now : end;
    }

    /** Lets it run until then. */
    public void until(long moment) {
        until = moment;
    }
}
