package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.server.config.AgentOverrides;
import io.github.consulresolver.server.reply.ReplyLimits;
import io.github.consulresolver.zone.TtlOverrides;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class MirroredLimitsTest {
    private static final AgentOverrides ALL_CONFIGURED =
            new AgentOverrides(List.of(), OptionalInt.of(50), OptionalInt.of(4), Optional.of(false), TtlOverrides.NONE);

    @Test
    void before_anything_is_known_they_are_Consuls_defaults() {
        assertThat(new MirroredLimits(AgentOverrides.NONE).get()).isEqualTo(new ReplyLimits(3, 0, false));
    }

    @Test
    void they_are_the_agents_once_these_are_known() {
        MirroredLimits limits = new MirroredLimits(AgentOverrides.NONE);

        assertThat(limits.mirror(agent(5, 7, true))).isTrue();

        assertThat(limits.get()).isEqualTo(new ReplyLimits(5, 7, true));
        assertThat(limits.agentsLimit()).isEqualTo(7);
        assertThat(limits.mirror(agent(6, 7, false))).isFalse();
    }

    @Test
    void an_agents_udp_limit_counts_up_to_eight_and_may_be_none_at_all() {
        MirroredLimits limits = new MirroredLimits(AgentOverrides.NONE);

        limits.mirror(agent(100, 0, false));
        assertThat(limits.get().udpAnswerLimit()).isEqualTo(8);
        limits.mirror(agent(0, 0, false));
        assertThat(limits.get().udpAnswerLimit()).isZero();
    }

    @Test
    void what_is_configured_stays() {
        MirroredLimits limits = new MirroredLimits(ALL_CONFIGURED);
        ReplyLimits configured = limits.get();

        limits.mirror(agent(5, 7, true));

        assertThat(limits.get()).isEqualTo(configured).isEqualTo(new ReplyLimits(50, 4, false));
    }

    /** However few addresses clients are to be given: how many the agent gives is another matter. */
    @Test
    void how_complete_the_agents_answers_are_the_agent_knows_best() {
        MirroredLimits limits = new MirroredLimits(ALL_CONFIGURED);
        assertThat(limits.agentsLimit()).isEqualTo(4);

        limits.mirror(agent(3, 0, false));
        assertThat(limits.agentsLimit()).isZero();
    }

    @Test
    void settings_that_the_agent_does_not_tell_are_Consuls_defaults() {
        MirroredLimits limits = new MirroredLimits(AgentOverrides.NONE);
        limits.mirror(agent(5, 7, true));

        limits.mirror(AgentSettings.UNKNOWN);

        assertThat(limits.get()).isEqualTo(new ReplyLimits(3, 0, false));
    }

    private static AgentSettings agent(int udpAnswerLimit, int aRecordLimit, boolean enableTruncate) {
        return new AgentSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.of(udpAnswerLimit),
                OptionalInt.of(aRecordLimit),
                Optional.of(enableTruncate),
                Optional.empty(),
                Optional.empty());
    }
}
