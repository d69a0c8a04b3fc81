package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import java.time.Duration;
import java.util.Optional;

/** Why an agent is not believed. */
record Doubt(WatchState state, String reason) {
    /** A server hears of its leader about once a second, also when all is well. */
    private static final Duration FARTHEST_BEHIND = Duration.ofSeconds(2);

    /** What speaks against a reply; empty if it can be relied on. */
    static Optional<Doubt> against(AgentReply<?> reply) {
        int status = reply.status();
        if (status != 200) {
            return Optional.of(ofStatus(status));
        }
        if (reply.filtered()) {
            return Optional.of(new Doubt(
                    WatchState.REFUSED, "the token may not see all of it: service:read and node:read are needed"));
        }
        if (!reply.knownLeader()) {
            return Optional.of(new Doubt(WatchState.LEADERLESS, "the servers have no leader"));
        }
        if (reply.lastContact().compareTo(FARTHEST_BEHIND) > 0) {
            return Optional.of(new Doubt(
                    WatchState.LEADERLESS,
                    "the server has not heard of its leader for "
                            + reply.lastContact().toMillis() + " ms"));
        }
        if (reply.index() == 0) {
            return Optional.of(new Doubt(WatchState.DOUBTFUL, "a reply without an index"));
        }
        return Optional.empty();
    }

    private static Doubt ofStatus(int status) {
        return switch (status) {
            case 403 -> new Doubt(WatchState.REFUSED, "403: a token with service:read and node:read is needed");
            case 429 -> new Doubt(WatchState.CROWDED, "429: the agent has too many connections");
            default -> new Doubt(status < 500 ? WatchState.REFUSED : WatchState.LEADERLESS, "HTTP status " + status);
        };
    }

    /** What a request without a reply means. */
    static Doubt after(Failure failure, String reason) {
        return new Doubt(
                switch (failure) {
                    case DIED -> WatchState.LOST;
                    case SILENT -> WatchState.SILENT;
                    case UNUSABLE -> WatchState.DOUBTFUL;
                },
                reason);
    }
}
