package io.github.consulresolver.zone;

/**
 * How much a zone's upstream is asked. Immutable.
 *
 * @param maxConcurrent the most questions under way at one time, 1 or more; for all zones that the same servers answer for together
 * @param prefetch whether an answer that is asked for often is had anew before its time is over
 */
public record LoadPolicy(int maxConcurrent, boolean prefetch) {

    /** As many as an upstream takes: at 100 ms each, twenty thousand questions a second. */
    public static final int MOST_CONCURRENT = 2_000;

    /** What holds where nothing else is set. */
    public static final LoadPolicy DEFAULT = new LoadPolicy(MOST_CONCURRENT, true);
}
