package io.github.consulresolver.cache;

/**
 * The claim that an answer is still true: somebody watches what it was made of, and would hear of a change.
 *
 * <p>It begins when the instances are known, ends at the first change or doubt, and never begins again. So whoever sees that it holds knows
 * that nothing has happened since it began. Thread-safe.
 */
public final class Coverage {
    private final Lease lease;
    private final long began;
    private volatile boolean ended;

    /**
     * One that begins.
     *
     * @param lease without which it does not hold
     * @param now in the nanoseconds of {@link System#nanoTime}
     */
    public Coverage(Lease lease, long now) {
        this.lease = lease;
        began = now;
    }

    /** Whether nothing is known to have changed at {@code now}, and a change would be known. */
    public boolean holds(long now) {
        return !ended && lease.holds(now);
    }

    /** When it began. What was asked for before may be of before a change. */
    public long began() {
        return began;
    }

    /** Ends it. */
    public void end() {
        ended = true;
    }
}
