package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is known of things that have no watch of their own. */
class TailTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualLoop loop = new VirtualLoop();
    private final Lease lease = new Lease(loop.now());
    private final List<ScriptedLine<Object>> lines = new ArrayList<>();
    private final Map<String, Coverage> checked = new HashMap<>();
    private final Set<String> watched = new HashSet<>();
    private final List<String> told = new ArrayList<>();
    private final Tail<String, Object> tail = new Tail<>(
            Scope.SERVICES,
            this::line,
            loop,
            name -> new WatchQuery<>("/" + name + "?", NoBytes::new, true),
            lease,
            new Random(7),
            new Tail.Listener<>() {
                @Override
                public boolean isNeeded(String what) {
                    return !watched.contains(what);
                }

                @Override
                public void checked(String what, Object body, Coverage coverage) {
                    checked.put(what, coverage);
                }

                @Override
                public void begins() {
                    told.add("begins");
                }

                @Override
                public void stops(WatchState state, String reason) {
                    told.add("stops " + state);
                }

                @Override
                public void suspended() {
                    told.add("suspended");
                }

                @Override
                public void crowded() {
                    told.add("crowded");
                }
            });

    TailTest() {
        tail.nodes(1);
        lease.until(loop.now() + Duration.ofDays(1).toNanos());
    }

    private ScriptedLine<Object> line() {
        ScriptedLine<Object> line = new ScriptedLine<>();
        lines.add(line);
        return line;
    }

    private List<ScriptedLine<Object>> signals() {
        return lines.subList(0, 3);
    }

    private List<ScriptedLine<Object>> looks() {
        return lines.subList(3, lines.size());
    }

    private ScriptedLine<Object> look() {
        return looks().stream().filter(ScriptedLine::isAsked).findFirst().orElseThrow();
    }

    private int looked() {
        return looks().stream().mapToInt(line -> line.asked.size()).sum();
    }

    private void asked(String what) {
        tail.asked(what);
        loop.pass(Duration.ZERO);
    }

    private void live() {
        tail.open();
        asked("first");
        signals().forEach(line -> line.reply(5, true));
    }

    private boolean knows(String what) {
        return checked.containsKey(what) && checked.get(what).holds(loop.now());
    }

    private void answerLooks() {
        looks().stream().filter(ScriptedLine::isAsked).forEach(line -> line.reply(5, "body"));
    }

    @Test
    void before_anybody_asks_no_connection_is_made() {
        tail.open();
        loop.pass(Duration.ofMinutes(1));

        assertThat(lines).noneMatch(ScriptedLine::isConnected);
    }

    @Test
    void while_the_agent_is_not_well_no_connection_is_made() {
        asked("web");

        assertThat(lines).noneMatch(ScriptedLine::isConnected);
    }

    @Test
    void what_was_asked_for_before_the_agent_was_well_is_reason_enough() {
        asked("web");
        tail.open();

        assertThat(signals()).allMatch(ScriptedLine::isAsked);
    }

    @Test
    void nothing_is_looked_at_before_all_signals_have_said_where_they_stand() {
        tail.open();
        asked("web");
        signals().get(0).reply(5, true);
        signals().get(1).reply(5, true);
        asked("web");

        assertThat(looked()).isZero();
    }

    @Test
    void what_is_asked_for_then_is_looked_at_with_the_leader() {
        live();
        asked("web");

        assertThat(look().question()).isEqualTo("/web?consistent");
        assertThat(look().timeout()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void what_was_looked_at_is_known_until_a_signal_moves() {
        live();
        asked("web");
        look().reply(3, "body");
        loop.pass(Duration.ofMinutes(1));
        assertThat(knows("web")).isTrue();

        signals().get(1).reply(6, true);
        assertThat(knows("web")).isFalse();
    }

    @Test
    void all_that_was_looked_at_has_one_coverage() {
        live();
        asked("web");
        asked("db");
        answerLooks();

        assertThat(checked.get("web")).isSameAs(checked.get("db"));
        assertThat(tail.covered()).isEqualTo(2);
    }

    @Test
    void it_is_looked_at_once_however_often_it_is_asked_for() {
        live();
        for (int i = 0; i < 100; i++) {
            asked("web");
        }
        answerLooks();
        for (int i = 0; i < 100; i++) {
            asked("web");
        }

        assertThat(looked()).isEqualTo(1);
    }

    @Test
    void after_a_move_nothing_is_looked_at_by_itself() {
        live();
        asked("web");
        answerLooks();
        signals().get(0).reply(6, true);
        loop.pass(Duration.ofMinutes(1));

        assertThat(looked()).isEqualTo(1);
    }

    @Test
    void after_a_move_what_is_asked_for_is_looked_at_again() {
        live();
        asked("web");
        answerLooks();
        signals().get(0).reply(6, true);
        asked("web");
        answerLooks();

        assertThat(looked()).isEqualTo(2);
        assertThat(knows("web")).isTrue();
    }

    @Test
    void what_was_looked_at_before_a_move_and_comes_after_it_is_of_no_use() {
        live();
        asked("web");
        signals().get(2).reply(6, true);
        look().reply(5, "old");

        assertThat(checked).isEmpty();
    }

    @Test
    void what_waited_for_its_turn_when_a_signal_moved_is_not_looked_at() {
        live();
        asked("a");
        asked("b");
        asked("c");
        signals().get(2).reply(6, true);
        answerLooks();

        assertThat(looked()).isEqualTo(2);
    }

    @Test
    void after_the_lease_has_run_out_what_comes_is_of_no_use() {
        live();
        asked("web");
        lease.until(loop.now());
        answerLooks();

        assertThat(checked).isEmpty();
    }

    @Test
    void what_has_a_watch_is_not_looked_at() {
        live();
        watched.add("web");
        asked("web");
        assertThat(looked()).isZero();

        asked("db");
        watched.add("db");
        answerLooks();
        assertThat(checked).isEmpty();
        assertThat(tail.waiting()).isZero();
    }

    @Test
    void what_has_lost_its_watch_is_looked_at() {
        live();
        watched.add("web");
        asked("web");
        watched.clear();
        tail.need("web");
        asked("web");
        answerLooks();

        assertThat(knows("web")).isTrue();
    }

    @Test
    void two_connections_are_enough_for_all() {
        live();
        for (int i = 0; i < 100; i++) {
            asked("web" + i);
        }
        assertThat(looks().stream().filter(ScriptedLine::isAsked)).hasSize(2);
        assertThat(tail.waiting()).isEqualTo(100);
        for (int i = 0; i < 50; i++) {
            answerLooks();
        }

        assertThat(checked).hasSize(100);
        assertThat(tail.waiting()).isZero();
        assertThat(lines).hasSize(5);
    }

    @Test
    void there_is_a_pace() {
        live();
        for (int i = 0; i < 1000; i++) {
            asked("web" + i);
        }
        for (int i = 0; i < 1000; i++) {
            answerLooks();
        }
        assertThat(checked.size()).isBetween(190, 210);
        for (int millis = 0; millis < 1000; millis++) {
            loop.pass(Duration.ofMillis(1));
            answerLooks();
        }

        assertThat(checked.size()).isBetween(290, 310);
    }

    @Test
    void there_is_a_bound() {
        live();
        for (int i = 0; i < 20_000; i++) {
            tail.asked("web" + i);
        }

        assertThat(tail.waiting()).isEqualTo(10_000);
    }

    @Test
    void what_may_not_be_seen_is_not_looked_at_again_before_the_next_move() {
        live();
        asked("web");
        look().reply(new AgentReply<>(200, 5, true, Duration.ZERO, true, Optional.of("body")));
        asked("web");
        asked("db");
        look().status(403);
        asked("db");

        assertThat(looked()).isEqualTo(2);
        assertThat(checked).isEmpty();
    }

    @Test
    void what_could_not_be_had_is_looked_at_again_when_somebody_asks_after_a_pause() {
        live();
        asked("web");
        look().fail(Failure.UNUSABLE, "no JSON");
        asked("web");
        assertThat(looked()).isEqualTo(1);

        loop.pass(SECOND);
        assertThat(looked()).isEqualTo(2);
        answerLooks();
        assertThat(knows("web")).isTrue();
    }

    @Test
    void no_reply_that_is_no_good_makes_anything_known() {
        live();
        List<Runnable> replies = List.of(
                () -> look().status(500),
                () -> look().reply(0, "body"),
                () -> look().fail(Failure.DIED, "reset"),
                () -> look().fail(Failure.SILENT, "no answer"),
                () -> look().reply(new AgentReply<>(200, 5, false, Duration.ZERO, false, Optional.of("body"))));
        for (Runnable reply : replies) {
            asked("web");
            loop.pass(Duration.ofSeconds(40));
            reply.run();
        }

        assertThat(checked).isEmpty();
        assertThat(looked()).isEqualTo(replies.size());
    }

    @Test
    void too_many_connections_are_told() {
        live();
        asked("web");
        look().status(429);
        signals().get(0).status(429);
        loop.pass(Duration.ZERO);

        assertThat(told.stream().filter("crowded"::equals)).hasSize(2);
    }

    @Test
    void an_agent_that_is_well_again_is_asked_from_the_beginning() {
        live();
        asked("web");
        tail.close();
        assertThat(lines).noneMatch(ScriptedLine::isConnected);
        tail.open();
        signals().forEach(line -> {
            assertThat(line.question()).endsWith("consistent");
            line.reply(2, true);
        });
        asked("web");
        answerLooks();

        assertThat(knows("web")).isTrue();
    }

    @Test
    void when_it_is_closed_what_was_known_is_not() {
        live();
        asked("web");
        answerLooks();
        tail.close();
        loop.pass(Duration.ofHours(1));

        assertThat(knows("web")).isFalse();
        assertThat(lines).noneMatch(ScriptedLine::isAsked);
    }

    @Test
    void when_nobody_needs_to_know_anything_the_signals_are_left_alone() {
        live();
        asked("web");
        answerLooks();
        tail.drop("web");

        assertThat(signals()).noneMatch(ScriptedLine::isConnected);
        assertThat(knows("web")).isFalse();
        asked("web");
        assertThat(signals()).allMatch(ScriptedLine::isAsked);
    }

    @Test
    void what_was_forgotten_is_looked_at_again_when_somebody_asks() {
        live();
        asked("web");
        asked("db");
        answerLooks();
        tail.drop("web");
        checked.clear();
        asked("web");
        answerLooks();

        assertThat(checked).containsOnlyKeys("web");
    }

    @Test
    void what_has_to_be_looked_at_again_is_not_known_meanwhile() {
        live();
        asked("web");
        answerLooks();
        tail.renew();

        assertThat(knows("web")).isFalse();
        assertThat(signals()).allMatch(ScriptedLine::isAsked);
    }
}
