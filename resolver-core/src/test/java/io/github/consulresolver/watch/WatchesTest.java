package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.cache.Coverage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which services have a watch. */
class WatchesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualLoop loop = new VirtualLoop();
    private final List<ScriptedLine<Object>> lines = new ArrayList<>();
    private final Map<String, Coverage> covered = new HashMap<>();
    private final Map<String, Coverage> checked = new HashMap<>();
    private final Set<String> used = new HashSet<>();
    private final List<String> told = new ArrayList<>();

    private final Watches<String, Object> watches = new Watches<>(
            this::line,
            loop,
            name -> new WatchQuery<>("/" + name + "?", NoBytes::new, true),
            name -> name.startsWith("node") ? Scope.NODES : Scope.SERVICES,
            4,
            new Random(7),
            new Watches.Listener<>() {
                @Override
                public void covers(String what, Object body, Coverage coverage) {
                    covered.put(what, coverage);
                }

                @Override
                public void uncovered(String what, WatchState state, String reason) {
                    covered.remove(what);
                    told.add(what + " " + state);
                }

                @Override
                public void checked(String what, Object body, Coverage coverage) {
                    checked.put(what, coverage);
                }

                @Override
                public void tailBegins(Scope scope) {}

                @Override
                public void tailStops(Scope scope, WatchState state, String reason) {
                    told.add("tail stops " + state);
                }

                @Override
                public void tailSuspended(Scope scope) {
                    told.add("tail suspended");
                }

                @Override
                public void dropped(String what) {
                    covered.remove(what);
                    told.add(what + " dropped");
                }

                @Override
                public boolean isUsed(String what) {
                    return used.contains(what);
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
                public void crowded(int budget) {
                    told.add("crowded " + budget);
                }
            });

    private ScriptedLine<Object> line() {
        ScriptedLine<Object> line = new ScriptedLine<>();
        lines.add(line);
        return line;
    }

    private ScriptedLine<Object> pulse() {
        return lines.get(0);
    }

    /** The line over which something was asked for first. */
    private ScriptedLine<Object> lineOf(String name) {
        return lines.stream()
                .filter(line -> line.asked.stream().anyMatch(path -> path.startsWith("/" + name + "?")))
                .findFirst()
                .orElseThrow();
    }

    private List<ScriptedLine<Object>> connections() {
        return lines.stream().filter(ScriptedLine::isConnected).toList();
    }

    /** Answers all that is asked, as a healthy agent without news does. */
    private void answer() {
        for (ScriptedLine<Object> line : List.copyOf(lines)) {
            if (line.isAsked() && !line.question().contains("index=")) {
                line.reply(5, line.question().startsWith("/v1/") ? true : "body");
            }
        }
    }

    private void start() {
        watches.start();
        answer();
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            loop.pass(SECOND);
            answer();
        }
    }

    private void asked(String name, int times) {
        for (int i = 0; i < times; i++) {
            watches.asked(name);
        }
        loop.pass(Duration.ZERO);
        answer();
    }

    @Test
    void what_is_asked_for_twice_is_watched_at_once() {
        start();
        asked("web", 2);

        assertThat(covered.keySet()).containsExactly("web");
    }

    @Test
    void what_is_asked_for_once_is_not() {
        start();
        asked("web", 1);
        pass(100);

        assertThat(covered).isEmpty();
        assertThat(connections()).containsExactly(pulse());
    }

    @Test
    void what_is_asked_for_now_and_then_is_watched() {
        start();
        asked("web", 1);
        pass(10);
        asked("web", 1);
        pass(1);

        assertThat(covered.keySet()).containsExactly("web");
    }

    @Test
    void before_the_agent_shows_that_it_is_well_nothing_is_watched() {
        watches.start();
        watches.asked("web");
        watches.asked("web");
        loop.pass(Duration.ZERO);

        assertThat(connections()).containsExactly(pulse());
    }

    @Test
    void there_are_no_more_watches_than_allowed() {
        start();
        for (int i = 0; i < 10; i++) {
            asked("web" + i, 2);
        }
        pass(3);

        assertThat(covered).hasSize(4);
        assertThat(connections()).hasSizeLessThanOrEqualTo(4 + 1 + 3 + 2);
    }

    @Test
    void what_nobody_asks_for_is_watched_no_longer_after_a_minute() {
        start();
        asked("web", 2);
        pass(59);
        assertThat(covered).hasSize(1);

        pass(3);
        assertThat(covered).isEmpty();
        assertThat(told).contains("web dropped");
    }

    @Test
    void what_is_used_is_watched_on() {
        start();
        used.add("web");
        asked("web", 2);
        pass(300);

        assertThat(covered).hasSize(1);
    }

    @Test
    void what_is_asked_for_all_the_time_takes_the_place_of_what_was_asked_for_now_and_then() {
        start();
        for (int i = 0; i < 4; i++) {
            asked("rare" + i, 2);
        }
        for (int second = 0; second < 30; second++) {
            asked("hot", 5);
            pass(1);
        }

        assertThat(covered).containsKey("hot").hasSize(4);
    }

    @Test
    void what_is_used_all_the_time_keeps_its_place() {
        start();
        for (int i = 0; i < 4; i++) {
            used.add("hot" + i);
            asked("hot" + i, 2);
        }
        for (int second = 0; second < 100; second++) {
            asked("hot", 500);
            pass(1);
        }

        assertThat(covered.keySet()).isEqualTo(used);
    }

    @Test
    void the_most_asked_come_first() {
        watches.start();
        for (int i = 0; i < 10; i++) {
            for (int times = 0; times < 2 + i; times++) {
                watches.asked("web" + i);
            }
        }
        loop.pass(Duration.ZERO);
        answer();
        pass(2);

        assertThat(covered.keySet()).containsExactlyInAnyOrder("web6", "web7", "web8", "web9");
    }

    @Test
    void when_the_pulse_is_missed_nothing_is_watched_and_it_is_said() {
        start();
        asked("web", 2);
        loop.pass(Duration.ofMillis(1500));
        pulse().fail(Failure.SILENT, "no answer");

        assertThat(covered).isEmpty();
        assertThat(told).contains("web SILENT", "stops SILENT");
        assertThat(lineOf("web").isAsked()).isFalse();
    }

    @Test
    void when_it_beats_again_all_is_watched_again_from_the_beginning() {
        start();
        used.add("web");
        asked("web", 2);
        loop.pass(Duration.ofMillis(1500));
        pulse().fail(Failure.SILENT, "no answer");
        pass(5);

        assertThat(told).endsWith("begins");
        assertThat(covered).hasSize(1);
        assertThat(lineOf("web").asked)
                .filteredOn(path -> path.contains("consistent"))
                .hasSize(2);
    }

    @Test
    void an_agent_with_too_many_connections_has_half_of_them_back() {
        start();
        for (int i = 0; i < 4; i++) {
            used.add("web" + i);
            asked("web" + i, 2);
        }
        pass(2);
        lineOf("web1").status(429);
        loop.pass(Duration.ZERO);
        answer();

        assertThat(told).contains("crowded 2");
        assertThat(connections()).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void it_is_asked_for_more_when_it_has_been_quiet() {
        start();
        for (int i = 0; i < 4; i++) {
            used.add("web" + i);
            asked("web" + i, 2);
        }
        lineOf("web1").status(429);
        loop.pass(Duration.ZERO);
        for (int second = 0; second < 130; second++) {
            for (int i = 0; i < 4; i++) {
                asked("web" + i, 1);
            }
            pass(1);
        }

        assertThat(covered).hasSize(4);
    }

    @Test
    void watches_that_cannot_connect_while_the_pulse_beats_are_too_many() {
        start();
        for (int i = 0; i < 4; i++) {
            used.add("web" + i);
            asked("web" + i, 2);
        }
        for (int second = 0; second < 8; second++) {
            for (ScriptedLine<Object> line : List.of(lineOf("web2"), lineOf("web3"))) {
                if (line.isAsked()) {
                    line.fail(Failure.DIED, "reset");
                }
            }
            loop.pass(SECOND);
            if (pulse().isAsked()) {
                pulse().reply(5, "body");
            }
        }

        assertThat(told).contains("crowded 2");
    }

    @Test
    void how_many_there_are_in_each_state_is_known() {
        start();
        used.add("web");
        asked("web", 2);
        pass(2);

        assertThat(watches.states()).isEqualTo(Map.of(WatchState.LIVE, 1));
    }

    @Test
    void names_that_are_made_up_do_not_keep_out_those_that_are_asked_for() {
        start();
        for (int i = 0; i < 20_000; i++) {
            watches.asked("made-up-" + i);
        }
        pass(1);
        asked("web", 2);

        assertThat(covered.keySet()).containsExactly("web");
    }

    private void fill() {
        start();
        for (int i = 0; i < 4; i++) {
            used.add("hot" + i);
            asked("hot" + i, 2);
        }
    }

    private boolean isChecked(String name) {
        return checked.containsKey(name) && checked.get(name).holds(loop.now());
    }

    /** Asked for until it is known, as clients do. */
    private void ask(String name) {
        for (int i = 0; i < 4; i++) {
            asked(name, 1);
            answer();
        }
    }

    @Test
    void as_long_as_there_is_room_nothing_is_looked_at_without_a_watch() {
        start();
        asked("web", 5);
        pass(3);

        assertThat(checked).isEmpty();
        assertThat(connections()).hasSize(2);
    }

    @Test
    void what_finds_no_room_is_looked_at() {
        fill();
        ask("web");

        assertThat(isChecked("web")).isTrue();
        assertThat(covered).hasSize(4);
        assertThat(connections()).hasSizeLessThanOrEqualTo(4 + 1 + 3 + 2);
    }

    @Test
    void what_is_made_up_is_not_looked_at() {
        fill();
        ask("web");
        for (int i = 0; i < 100; i++) {
            asked("made-up-" + i, 1);
        }

        assertThat(checked).containsOnlyKeys("web");
    }

    @Test
    void what_is_asked_for_now_and_then_is_looked_at_the_second_time() {
        fill();
        ask("web");
        asked("rare", 1);
        pass(30);
        asked("rare", 1);

        assertThat(isChecked("rare")).isTrue();
    }

    @Test
    void what_was_looked_at_and_is_used_is_kept() {
        fill();
        used.add("web");
        ask("web");
        pass(300);

        assertThat(isChecked("web")).isTrue();
        assertThat(told).doesNotContain("web dropped");
    }

    @Test
    void what_was_looked_at_and_is_not_used_is_forgotten_after_a_minute_and_the_signals_with_the_last() {
        fill();
        ask("web");
        pass(58);
        assertThat(isChecked("web")).isTrue();
        pass(5);

        assertThat(told).contains("web dropped");
        assertThat(connections()).hasSize(4 + 1);
    }

    @Test
    void what_was_asked_for_and_never_looked_at_keeps_no_signals() {
        start();
        asked("node", 2);
        assertThat(connections()).hasSize(1 + 1);

        pass(100);
        assertThat(checked).isEmpty();
        assertThat(connections()).containsExactly(pulse());
    }

    @Test
    void what_was_looked_at_and_is_used_all_the_time_takes_the_place_of_what_is_not() {
        fill();
        used.add("web");
        ask("web");
        used.remove("hot0");
        pass(30);

        assertThat(covered).containsKey("web").doesNotContainKey("hot0");
        assertThat(told).contains("hot0 dropped").doesNotContain("web dropped");
    }

    @Test
    void what_has_lost_its_place_is_looked_at_when_it_is_asked_for() {
        fill();
        used.add("web");
        ask("web");
        used.remove("hot0");
        pass(30);
        ask("hot0");

        assertThat(isChecked("hot0")).isTrue();
    }

    @Test
    void when_the_pulse_is_missed_nothing_that_was_looked_at_is_known() {
        fill();
        used.add("web");
        ask("web");
        loop.pass(Duration.ofMillis(1500));
        pulse().fail(Failure.SILENT, "no answer");
        assertThat(isChecked("web")).isFalse();
        assertThat(connections()).isEmpty();

        pass(5);
        ask("web");
        assertThat(isChecked("web")).isTrue();
    }

    @Test
    void how_it_stands_with_the_signals_and_what_they_cover_is_known() {
        fill();
        used.add("web");
        ask("web");
        pass(1);

        assertThat(watches.signals()).isEqualTo(Map.of(WatchState.LIVE, 3));
        assertThat(watches.tailCovered()).isEqualTo(1);
        assertThat(watches.tailWaiting()).isZero();
    }

    @Test
    void a_signal_that_finds_too_many_connections_gives_half_of_the_watches_back() {
        fill();
        ask("web");
        lineOf("v1/catalog/nodes").status(429);
        loop.pass(Duration.ZERO);

        assertThat(told).contains("crowded 2");
        assertThat(isChecked("web")).isFalse();
    }

    @Test
    void when_it_is_closed_nothing_is_asked_any_more() {
        start();
        asked("web", 2);
        watches.close();
        loop.pass(Duration.ofMinutes(5));

        assertThat(lines).noneMatch(ScriptedLine::isAsked);
        assertThat(covered).isEmpty();
    }

    @Test
    void what_a_watch_of_its_own_would_miss_has_none_though_there_is_room() {
        start();
        asked("node-a", 2);
        ask("node-a");
        pass(3);

        assertThat(covered).isEmpty();
        assertThat(lineOf("v1/catalog/nodes").isConnected()).isTrue();
        assertThat(isChecked("node-a")).isTrue();
    }

    @Test
    void each_scope_has_signals_of_its_own() {
        fill();
        ask("web");
        ask("node-a");
        pass(1);
        assertThat(watches.signals()).isEqualTo(Map.of(WatchState.LIVE, 4));
        assertThat(isChecked("web")).isTrue();
        assertThat(isChecked("node-a")).isTrue();

        lineOf("v1/health/state/any").reply(9, true);
        assertThat(isChecked("web")).isFalse();
        assertThat(isChecked("node-a")).isTrue();
    }

    @Test
    void when_nobody_asks_for_them_any_more_their_signals_end() {
        start();
        ask("node-a");
        pass(90);

        assertThat(told).contains("node-a dropped");
        assertThat(watches.signals()).isEmpty();
    }
}
