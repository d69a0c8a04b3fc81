package io.github.consulresolver.cache;

/**
 * The claim that an answer is still true: somebody watches what it was made of, and would hear of a change.
 *
 * <p>It begins when the instances are known, ends at the first change or doubt, and never begins again. So whoever sees that it holds knows
 * that nothing has happened since it began. Times are in the nanoseconds of {@link System#nanoTime}. Thread-safe.
 */
public final class Coverage {
    private enum State {
        HOLDS,
        ENDED,
        CHANGED
    }

    private final Lease lease;
    private final long began;
    private long endedAt;
    private volatile State state = State.HOLDS;

    /**
     * One that begins.
     *
     * @param lease without which it does not hold
     */
    public Coverage(Lease lease, long now) {
        this.lease = lease;
        began = now;
    }

    /** One that never held: what it is of is known not to be true. */
    public static Coverage denied(long now) {
        Coverage denied = new Coverage(new Lease(now), now);
        denied.change(now);
        return denied;
    }

    /** Whether nothing is known to have changed at {@code now}, and a change would be known. */
    public boolean holds(long now) {
        return state == State.HOLDS && lease.holds(now);
    }

    /** Whether it ended because something has changed, so that what it was of may be true no longer. */
    public boolean isChanged() {
        return state == State.CHANGED;
    }

    /** When it began. What was asked for before may be of before a change. */
    public long began() {
        return began;
    }

    /** Until when, {@code now} at most, it has held. */
    public long heldUntil(long now) {
        return state == State.HOLDS ? lease.heldUntil(now) : endedAt;
    }

    /** Ends it, because it is not known any more whether something changes. */
    public void end(long now) {
        end(State.ENDED, now);
    }

    /** Ends it, because something has changed. */
    public void change(long now) {
        end(State.CHANGED, now);
    }

    private synchronized void end(State why, long now) {
        if (state == State.HOLDS) {
            endedAt = lease.heldUntil(now);
            state = why;
        }
    }
}
