package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PulseTest {
    private final VirtualLoop loop = new VirtualLoop();
    private final ScriptedLine<Boolean> agent = new ScriptedLine<>();
    private final Lease lease = new Lease(loop.now());
    private final List<String> heard = new ArrayList<>();
    private final Pulse pulse = new Pulse(agent, loop, lease, new Random(7), new Pulse.Listener() {
        @Override
        public void beats() {
            heard.add("beats");
        }

        @Override
        public void missed(WatchState state, String reason) {
            heard.add(state + ": " + reason);
        }
    });

    private boolean holds() {
        return lease.holds(loop.now());
    }

    private void beat() {
        agent.reply(7, true);
    }

    @Test
    void there_is_no_lease_before_the_agent_answered() {
        pulse.start();

        assertThat(holds()).isFalse();
        assertThat(heard).isEmpty();
    }

    @Test
    void the_question_is_one_that_only_a_server_can_answer_and_that_waits_for_nothing() {
        pulse.start();

        assertThat(agent.question()).startsWith("/v1/health/service/").endsWith("?stale");
    }

    @Test
    void an_answer_begins_the_lease() {
        pulse.start();
        beat();

        assertThat(holds()).isTrue();
        assertThat(heard).containsExactly("beats");
    }

    @Test
    void each_answer_renews_it() {
        pulse.start();
        for (int i = 0; i < 100; i++) {
            beat();
            loop.pass(Duration.ofMillis(1500));
        }

        assertThat(holds()).isTrue();
        assertThat(heard).containsExactly("beats");
        assertThat(agent.asked).hasSize(101);
    }

    @Test
    void the_lease_counts_from_the_question_for_the_answer_may_be_as_old() {
        pulse.start();
        loop.pass(Duration.ofSeconds(2));
        beat();
        loop.freeze(Duration.ofMillis(2500));

        assertThat(holds()).isFalse();
    }

    @Test
    void a_silent_agent_is_noticed_within_five_seconds() {
        pulse.start();
        beat();
        loop.freeze(Duration.ofMillis(4500));

        assertThat(holds()).isFalse();
    }

    @Test
    void the_answer_is_not_waited_for_longer_than_the_lease_runs() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));

        assertThat(agent.timeout()).isLessThanOrEqualTo(Duration.ofSeconds(3));
        agent.fail(Failure.SILENT, "no answer within 2500 ms");
        assertThat(holds()).isFalse();
        assertThat(heard).containsExactly("beats", "SILENT: no answer within 2500 ms");
    }

    @Test
    void a_lost_connection_ends_the_lease_at_once() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));
        agent.fail(Failure.DIED, "reset");

        assertThat(holds()).isFalse();
        assertThat(heard).containsExactly("beats", "LOST: reset");
    }

    @Test
    void servers_without_a_leader_end_the_lease_at_once() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));
        agent.reply(new AgentReply<>(200, 7, false, Duration.ZERO, false, Optional.of(true)));

        assertThat(holds()).isFalse();
        assertThat(heard).containsExactly("beats", "LEADERLESS: the servers have no leader");
    }

    @Test
    void a_server_that_lags_ends_the_lease_at_once() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));
        agent.reply(new AgentReply<>(200, 7, true, Duration.ofSeconds(10), false, Optional.of(true)));

        assertThat(holds()).isFalse();
    }

    @Test
    void servers_that_are_gone_behind_a_client_agent_end_the_lease_at_once() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));
        agent.status(500);

        assertThat(holds()).isFalse();
        assertThat(heard).containsExactly("beats", "LEADERLESS: HTTP status 500");
    }

    @Test
    void data_that_were_replaced_end_the_lease_once() {
        pulse.start();
        beat();
        loop.pass(Duration.ofMillis(1500));
        agent.reply(1, true);
        loop.pass(Duration.ofMillis(100));
        agent.reply(1, true);

        assertThat(heard).hasSize(3).first().isEqualTo("beats");
        assertThat(heard.get(1)).startsWith("LOST: the index went back");
        assertThat(heard.get(2)).isEqualTo("beats");
    }

    @Test
    void after_the_process_was_held_up_everything_begins_anew() {
        pulse.start();
        beat();
        loop.freeze(Duration.ofMinutes(1));
        loop.pass(Duration.ZERO);
        beat();

        assertThat(holds()).isFalse();
        assertThat(heard).containsExactly("beats", "SILENT: nobody asked for a while");

        loop.pass(Duration.ofSeconds(1));
        beat();
        assertThat(holds()).isTrue();
        assertThat(heard).last().isEqualTo("beats");
    }

    @Test
    void who_is_away_is_asked_again_and_again() {
        pulse.start();
        for (int i = 0; i < 20; i++) {
            agent.fail(Failure.DIED, "nothing listens there");
            assertThat(loop.untilNext()).isBetween(Duration.ofMillis(50), Duration.ofMillis(1500));
            loop.pass(loop.untilNext());
        }

        assertThat(heard).containsExactly("LOST: nothing listens there");
    }

    @Test
    void closing_it_ends_the_lease() {
        pulse.start();
        beat();
        pulse.close();

        assertThat(holds()).isFalse();
        assertThat(loop.isIdle()).isTrue();
        assertThat(agent.isConnected()).isFalse();
    }
}
