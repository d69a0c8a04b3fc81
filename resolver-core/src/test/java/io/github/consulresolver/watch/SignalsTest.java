package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is known of a whole datacenter, and for how long. */
class SignalsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualLoop loop = new VirtualLoop();
    private final Lease lease = new Lease(loop.now());
    private final List<ScriptedLine<Boolean>> lines = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private @Nullable Coverage coverage;
    private final Signals signals = new Signals(
            Scope.SERVICES,
            () -> {
                ScriptedLine<Boolean> line = new ScriptedLine<>();
                lines.add(line);
                return line;
            },
            loop,
            lease,
            new Random(7),
            new Signals.Listener() {
                @Override
                public void covers(Coverage all) {
                    coverage = all;
                    told.add("covers");
                }

                @Override
                public void uncovered(WatchState state, String reason) {
                    told.add(state.name());
                }

                @Override
                public void suspended() {
                    told.add("suspended");
                }
            });

    SignalsTest() {
        lease.until(loop.now() + Duration.ofDays(1).toNanos());
        signals.nodes(1);
    }

    private ScriptedLine<Boolean> services() {
        return lines.get(0);
    }

    private ScriptedLine<Boolean> checks() {
        return lines.get(1);
    }

    private ScriptedLine<Boolean> nodes() {
        return lines.get(2);
    }

    private boolean holds() {
        return coverage != null && coverage.holds(loop.now());
    }

    private void live() {
        signals.start();
        lines.forEach(line -> line.reply(5, true));
    }

    @Test
    void the_three_are_asked_for_nothing_but_their_index() {
        signals.start();

        assertThat(services().question())
                .startsWith("/v1/catalog/services?filter=")
                .endsWith("&consistent");
        assertThat(checks().question())
                .startsWith("/v1/health/state/any?filter=")
                .endsWith("&consistent");
        assertThat(nodes().question()).startsWith("/v1/catalog/nodes?filter=").endsWith("&consistent");
    }

    @Test
    void two_are_not_enough() {
        signals.start();
        services().reply(5, true);
        nodes().reply(5, true);

        assertThat(holds()).isFalse();
    }

    @Test
    void what_they_cover_begins_with_the_last_of_them() {
        signals.start();
        services().reply(5, true);
        nodes().reply(5, true);
        loop.pass(SECOND);
        checks().reply(5, true);

        assertThat(holds()).isTrue();
        assertThat(coverage.began()).isEqualTo(loop.now());
    }

    @Test
    void a_move_of_any_ends_it_and_begins_it_anew() {
        for (int i = 0; i < 3; i++) {
            live();
            Coverage before = coverage;
            lines.get(i).reply(6, true);

            assertThat(before.holds(loop.now())).isFalse();
            assertThat(holds()).isTrue();
            signals.close();
        }
    }

    @Test
    void what_was_covered_before_a_move_is_not_said_to_have_changed() {
        live();
        Coverage before = coverage;
        services().reply(6, true);

        assertThat(before.isChanged()).isFalse();
    }

    @Test
    void a_wait_that_ends_without_a_move_ends_nothing() {
        live();
        Coverage before = coverage;
        services().reply(5, true);

        assertThat(before.holds(loop.now())).isTrue();
        assertThat(told).containsExactly("covers");
    }

    @Test
    void the_others_moves_begin_nothing_while_one_is_in_doubt() {
        live();
        nodes().status(500);
        services().reply(6, true);
        checks().reply(6, true);

        assertThat(holds()).isFalse();
        assertThat(told).containsExactly("covers", "LEADERLESS");
    }

    @Test
    void one_that_was_in_doubt_and_is_well_again_begins_it_anew() {
        live();
        nodes().status(500);
        loop.pass(SECOND);
        nodes().reply(5, true);

        assertThat(holds()).isTrue();
    }

    @Test
    void every_doubt_of_any_ends_it() {
        List<Runnable> doubts = List.of(
                () -> checks().status(403),
                () -> checks().status(429),
                () -> checks().status(500),
                () -> checks().fail(Failure.DIED, "reset"),
                () -> checks().fail(Failure.SILENT, "no answer"),
                () -> checks().fail(Failure.UNUSABLE, "too large"),
                () -> checks().reply(4, true),
                () -> checks().reply(0, true),
                () -> checks().reply(new AgentReply<>(200, 6, false, Duration.ZERO, false, Optional.of(true))),
                () -> checks().reply(new AgentReply<>(200, 6, true, Duration.ofSeconds(3), false, Optional.of(true))),
                () -> checks().reply(new AgentReply<>(200, 6, true, Duration.ZERO, true, Optional.of(true))));
        for (Runnable doubt : doubts) {
            live();
            Coverage before = coverage;
            doubt.run();

            assertThat(before.holds(loop.now())).isFalse();
            assertThat(holds()).isFalse();
            signals.close();
            loop.pass(Duration.ofMinutes(1));
        }
    }

    @Test
    void without_the_lease_nothing_is_covered() {
        live();
        lease.until(loop.now());

        assertThat(holds()).isFalse();
    }

    @Test
    void closing_them_ends_it_and_asks_nothing_more() {
        live();
        signals.close();
        loop.pass(Duration.ofHours(1));

        assertThat(holds()).isFalse();
        assertThat(lines).noneMatch(ScriptedLine::isAsked);
    }

    private void moveEvery(Duration interval, int times) {
        for (int i = 0; i < times; i++) {
            if (services().isAsked() && services().question().contains("index=")) {
                services().reply(100 + i, true);
            }
            loop.pass(interval);
            for (ScriptedLine<Boolean> line : lines) {
                if (line.isAsked() && !line.question().contains("index=")) {
                    line.reply(100 + i, true);
                }
            }
        }
    }

    @Test
    void a_catalog_that_moves_once_a_second_is_followed() {
        live();
        moveEvery(SECOND, 600);

        assertThat(told).doesNotContain("suspended");
        assertThat(holds()).isTrue();
    }

    @Test
    void a_catalog_that_moves_all_the_time_is_left_alone() {
        live();
        moveEvery(Duration.ofMillis(200), 100);

        assertThat(told).containsOnlyOnce("suspended").endsWith("suspended");
        assertThat(holds()).isFalse();
        assertThat(lines).noneMatch(ScriptedLine::isConnected);
        assertThat(signals.states()).isEqualTo(Map.of(WatchState.BUSY, 3));
    }

    @Test
    void what_moves_all_three_is_one_change() {
        live();
        for (int i = 6; i < 200; i++) {
            for (ScriptedLine<Boolean> line : lines) {
                line.reply(i, true);
            }
            loop.pass(Duration.ofMillis(600));
        }

        assertThat(told).doesNotContain("suspended");
        assertThat(holds()).isTrue();
    }

    @Test
    void a_flood_of_changes_that_ends_is_followed() {
        live();
        moveEvery(Duration.ofMillis(1), 20);
        moveEvery(SECOND, 20);

        assertThat(told).doesNotContain("suspended");
        assertThat(holds()).isTrue();
    }

    @Test
    void one_that_has_calmed_down_is_followed_again() {
        live();
        moveEvery(Duration.ofMillis(200), 100);
        loop.pass(Duration.ofMinutes(2));
        lines.forEach(line -> line.reply(1000, true));

        assertThat(holds()).isTrue();
    }

    @Test
    void one_that_never_calms_down_is_tried_less_and_less() {
        live();
        moveEvery(Duration.ofMillis(200), 5 * 60 * 60 * 3);

        assertThat(told.stream().filter("suspended"::equals).count()).isBetween(5L, 18L);
    }

    @Test
    void the_more_nodes_there_are_the_fewer_changes_are_followed() {
        signals.nodes(256);
        live();
        moveEvery(Duration.ofSeconds(6), 100);
        assertThat(told).doesNotContain("suspended");

        moveEvery(Duration.ofSeconds(2), 10);
        assertThat(told).containsOnlyOnce("suspended").endsWith("suspended");
    }

    @Test
    void in_a_very_large_datacenter_nothing_is_asked() {
        signals.nodes(2048);
        signals.start();
        loop.pass(Duration.ofHours(1));

        assertThat(lines).noneMatch(ScriptedLine::isAsked);
        assertThat(told).contains("suspended").doesNotContain("covers");
        assertThat(signals.states()).isEqualTo(Map.of(WatchState.BUSY, 3));
    }

    @Test
    void that_one_begins_after_the_other_is_no_change() {
        signals.nodes(1024);
        signals.start();
        for (ScriptedLine<Boolean> line : lines) {
            loop.pass(SECOND);
            line.reply(5, true);
        }

        assertThat(told).containsExactly("covers");
        assertThat(holds()).isTrue();
    }

    @Test
    void that_one_is_lost_and_begins_anew_is_no_change() {
        signals.nodes(1024);
        live();
        for (int i = 0; i < 5; i++) {
            nodes().fail(Failure.DIED, "reset");
            loop.pass(Duration.ofSeconds(6));
            nodes().reply(5, true);
        }

        assertThat(told).doesNotContain("suspended");
        assertThat(holds()).isTrue();
    }

    @Test
    void when_the_datacenter_turns_out_to_be_very_large_nothing_is_asked_any_more() {
        live();
        Coverage before = coverage;
        signals.nodes(2048);

        assertThat(before.holds(loop.now())).isFalse();
        assertThat(told).endsWith("suspended");
        assertThat(lines).noneMatch(ScriptedLine::isAsked);
    }

    @Test
    void how_many_nodes_there_are_may_be_heard_of_while_they_run() {
        live();
        signals.nodes(256);
        moveEvery(Duration.ofSeconds(2), 10);

        assertThat(told).containsOnlyOnce("suspended").endsWith("suspended");
    }
}
