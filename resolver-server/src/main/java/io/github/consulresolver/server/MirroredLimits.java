package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.server.config.AgentOverrides;
import io.github.consulresolver.server.reply.ReplyLimits;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The limits of replies: as configured, else as the agent has them, else Consul's defaults. Thread-safe; reading is cheap. */
final class MirroredLimits implements Supplier<ReplyLimits> {
    private static final int DEFAULT_UDP_ANSWER_LIMIT = 3;

    /** However large it is set, an agent never gives more. */
    private static final int MOST_UDP_ANSWERS = 8;

    private final AgentOverrides overrides;
    private volatile ReplyLimits limits;
    private volatile int agentsLimit;

    MirroredLimits(AgentOverrides overrides) {
        this.overrides = overrides;
        agentsLimit = overrides.aRecordLimit().orElse(0);
        limits = limits(AgentSettings.UNKNOWN);
    }

    /** Takes over the agent's settings. Returns whether that changed how complete an agent's answers are. */
    boolean mirror(AgentSettings settings) {
        int before = agentsLimit;
        agentsLimit = settings.aRecordLimit().orElse(overrides.aRecordLimit().orElse(0));
        limits = limits(settings);
        return agentsLimit != before;
    }

    /** How many addresses of a service the agent gives at most; 0 for all. What is configured is believed where the agent does not tell. */
    int agentsLimit() {
        return agentsLimit;
    }

    private ReplyLimits limits(AgentSettings settings) {
        return new ReplyLimits(
                overrides.udpAnswerLimit().orElseGet(() -> udpAnswerLimit(settings.udpAnswerLimit())),
                overrides.aRecordLimit().orElse(settings.aRecordLimit().orElse(0)),
                overrides.truncate().or(settings::enableTruncate).orElse(false));
    }

    private static int udpAnswerLimit(OptionalInt ofAgent) {
        return Math.min(MOST_UDP_ANSWERS, ofAgent.orElse(DEFAULT_UDP_ANSWER_LIMIT));
    }

    @Override
    public ReplyLimits get() {
        return limits;
    }
}
