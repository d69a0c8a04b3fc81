package io.github.consulresolver.watch;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How it stands with a watch. Only one that is {@link #LIVE} covers anything. */
public enum WatchState {
    /** It is not wanted. */
    OFF(0, 0),
    /** It asks for where things stand. */
    STARTING(0, 0),
    /** It knows where things stand, and would hear of a change. */
    LIVE(0, 0),
    /** Things change faster than it may ask. */
    BUSY(0, 0),
    /** The connection was refused, or ended. What such an agent says when it is back may be of long ago. */
    LOST(100, 5_000),
    /** The agent's HTTP API does not answer. */
    SILENT(1_000, 30_000),
    /** What it answers cannot be relied on: no leader, too far behind one, an error, or unreadable. */
    DOUBTFUL(1_000, 30_000),
    /** The agent has as many connections as it takes. */
    CROWDED(5_000, 60_000),
    /** It may not be watched: no right to it, or the agent is too old. */
    REFUSED(30_000, 120_000);

    private static final int MOST_DOUBLINGS = 10;

    private final long firstMillis;
    private final long mostMillis;

    WatchState(long firstMillis, long mostMillis) {
        this.firstMillis = firstMillis;
        this.mostMillis = mostMillis;
    }

    /**
     * When to try again: half of it is by chance, because everybody who watched an agent loses it at the same time.
     *
     * @param failures how many there were before this one, 0 or more
     */
    Duration pause(int failures, RandomGenerator random) {
        long whole = Math.min(mostMillis, firstMillis << Math.min(failures, MOST_DOUBLINGS));
        return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
    }
}
