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
    /**
     * The servers behind it have no leader, are gone, or fail. What one that is back says may be of long ago, until the others have told it what it
     * does not know.
     */
    LEADERLESS(1_000, 30_000),
    /** What it answers cannot be relied on: it cannot be read, or has no index. */
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

    /** Whether what the agent says over DNS, too, may be of long ago, until a watch has begun anew. */
    public boolean mayTellOfLongAgo() {
        return this == LOST || this == LEADERLESS;
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
