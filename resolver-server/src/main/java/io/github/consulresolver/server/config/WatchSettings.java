package io.github.consulresolver.server.config;

import java.time.Duration;

/**
 * How answers of the agent are kept for longer, or shorter, than their TTL.
 *
 * @param mode whether the agent is watched
 * @param watches how many services are watched at most, each over a connection of its own; 1 or more
 * @param ttlZeroCache for how long an answer with TTL 0 that is not watched is given; zero for not at all
 */
public record WatchSettings(Mode mode, int watches, Duration ttlZeroCache) {
    /** Whether the agent is watched. */
    public enum Mode {
        /** It is; that it cannot be is worth a warning. */
        ON,
        /** It is not. */
        OFF,
        /** It is, if it can be. */
        AUTO
    }
}
