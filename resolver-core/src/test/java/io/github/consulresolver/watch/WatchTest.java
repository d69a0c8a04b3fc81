package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WatchTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final VirtualLoop loop = new VirtualLoop();
    private final ScriptedLine<String> agent = new ScriptedLine<>();
    private final Lease lease = new Lease(loop.now());
    private final List<String> bodies = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private @Nullable Coverage coverage;
    private Runnable whenTold = () -> {};

    private final Watch<String> watch = watch(true);

    WatchTest() {
        lease.until(loop.now() + Duration.ofDays(1).toNanos());
    }

    private Watch<String> watch(boolean bodyTells) {
        var query = new WatchQuery<String>("/web?", NoBytes::new, bodyTells);
        return new Watch<>(query, agent, loop, lease, new Random(7), new WatchListener<>() {
            @Override
            public void covers(String body, Coverage begun) {
                bodies.add(body);
                coverage = begun;
                whenTold.run();
            }

            @Override
            public void uncovered(WatchState state, String reason) {
                reasons.add(state + ": " + reason);
                whenTold.run();
            }
        });
    }

    private boolean covers() {
        return coverage != null && coverage.holds(loop.now());
    }

    /** Started, and told once. */
    private void live(long index, String body) {
        watch.start();
        agent.reply(index, body);
    }

    // How it begins.

    @Test
    void one_that_was_not_started_asks_nothing() {
        loop.pass(MINUTE);

        assertThat(watch.state()).isEqualTo(WatchState.OFF);
        assertThat(agent.asked).isEmpty();
    }

    @Test
    void the_first_question_is_for_what_the_leader_is_sure_of() {
        watch.start();

        assertThat(agent.question()).isEqualTo("/web?consistent");
        assertThat(watch.state()).isEqualTo(WatchState.STARTING);
    }

    @Test
    void nothing_is_covered_before_the_first_reply() {
        watch.start();
        loop.pass(MOMENT);

        assertThat(covers()).isFalse();
        assertThat(bodies).isEmpty();
    }

    @Test
    void the_first_reply_is_covered() {
        live(5, "a");

        assertThat(bodies).containsExactly("a");
        assertThat(covers()).isTrue();
        assertThat(watch.state()).isEqualTo(WatchState.LIVE);
    }

    @Test
    void coverage_begins_when_the_reply_came() {
        watch.start();
        loop.pass(MOMENT);
        agent.reply(5, "a");

        assertThat(coverage.began()).isEqualTo(loop.now());
    }

    @Test
    void starting_it_twice_is_starting_it_once() {
        watch.start();
        watch.start();

        assertThat(agent.asked).hasSize(1);
    }

    @Test
    void the_second_question_waits_for_what_is_beyond_the_first_reply() {
        live(5, "a");

        assertThat(agent.question()).startsWith("/web?stale&index=5&wait=");
    }

    @Test
    void the_time_to_wait_is_not_the_same_for_all() {
        live(5, "a");
        agent.reply(5, "a");
        String second = agent.question();
        agent.reply(5, "a");

        assertThat(agent.question()).isNotEqualTo(second);
        assertThat(waitOf(second)).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(72));
    }

    @Test
    void the_first_wait_is_short_because_it_may_be_of_a_stream_that_goes_silent_when_the_token_loses_its_rights() {
        live(5, "a");

        assertThat(waitOf(agent.question())).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(6));
    }

    @Test
    void so_are_all_waits_where_the_agent_answers_from_what_servers_stream_to_it() {
        live(5, "a");
        agent.reply(new AgentReply<>(200, 5, true, Duration.ZERO, false, true, false, Optional.of("a")));

        assertThat(waitOf(agent.question())).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(6));
        assertThat(covers()).isTrue();
    }

    @Test
    void the_agent_may_take_a_sixteenth_longer_than_it_was_asked_to_wait() {
        live(5, "a");

        assertThat(agent.timeout())
                .isGreaterThan(waitOf(agent.question()).multipliedBy(17).dividedBy(16));
    }

    private static Duration waitOf(String question) {
        return Duration.ofMillis(Long.parseLong(question.replaceAll(".*wait=(\\d+)ms", "$1")));
    }

    @Test
    void an_agent_that_does_not_answer_the_first_question_is_not_waited_for_long() {
        watch.start();

        assertThat(agent.timeout()).isEqualTo(Duration.ofSeconds(5));
    }

    // What it makes of replies.

    @Test
    void another_body_ends_what_was_covered_and_begins_anew() {
        live(5, "a");
        Coverage first = coverage;
        agent.reply(6, "b");

        assertThat(first.holds(loop.now())).isFalse();
        assertThat(bodies).containsExactly("a", "b");
        assertThat(covers()).isTrue();
    }

    @Test
    void the_old_coverage_has_ended_before_the_new_body_is_told() {
        live(5, "a");
        Coverage first = coverage;
        List<Boolean> held = new ArrayList<>();
        whenTold = () -> held.add(first.holds(loop.now()));
        agent.reply(6, "b");

        assertThat(held).containsExactly(false);
    }

    @Test
    void the_same_body_with_a_higher_index_changes_nothing() {
        live(5, "a");
        Coverage first = coverage;
        agent.reply(6, "a");

        assertThat(bodies).containsExactly("a");
        assertThat(first.holds(loop.now())).isTrue();
        assertThat(agent.question()).contains("index=6&");
    }

    @Test
    void a_wait_that_ended_without_news_changes_nothing() {
        live(5, "a");
        loop.pass(MINUTE);
        agent.reply(5, "a");

        assertThat(bodies).containsExactly("a");
        assertThat(covers()).isTrue();
        assertThat(agent.question()).contains("index=5&");
    }

    @Test
    void another_body_counts_also_with_the_same_index() {
        live(5, "a");
        agent.reply(5, "b");

        assertThat(bodies).containsExactly("a", "b");
    }

    @Test
    void where_the_body_does_not_tell_each_new_index_is_a_change() {
        Watch<String> signal = watch(false);
        signal.start();
        agent.reply(5, "");
        Coverage first = coverage;
        agent.reply(6, "");

        assertThat(first.holds(loop.now())).isFalse();
        assertThat(bodies).hasSize(2);
    }

    @Test
    void where_the_body_does_not_tell_the_same_index_is_no_change() {
        Watch<String> signal = watch(false);
        signal.start();
        agent.reply(5, "");
        agent.reply(5, "");

        assertThat(bodies).hasSize(1);
        assertThat(covers()).isTrue();
    }

    @Test
    void a_service_that_is_absent_is_covered_too() {
        live(1, "[]");

        assertThat(covers()).isTrue();
        assertThat(agent.question()).contains("index=1&");
    }

    @Test
    void there_is_no_moment_without_a_question_while_the_pace_allows_it() {
        live(5, "a");
        for (int i = 6; i < 24; i++) {
            agent.reply(i, "body " + i);
            assertThat(agent.isAsked()).isTrue();
        }
    }

    // The index.

    @Test
    void an_index_that_goes_back_ends_what_was_covered() {
        live(5, "a");
        agent.reply(4, "a");

        assertThat(covers()).isFalse();
        assertThat(reasons).singleElement().asString().startsWith("STARTING: the index went back");
    }

    @Test
    void after_an_index_that_went_back_the_leader_is_asked_again() {
        live(5, "a");
        agent.reply(4, "old");

        assertThat(agent.question()).isEqualTo("/web?consistent");
        assertThat(bodies).doesNotContain("old");
    }

    @Test
    void after_an_index_that_went_back_the_leaders_lower_one_counts() {
        live(5, "a");
        agent.reply(4, "old");
        agent.reply(2, "new");

        assertThat(bodies).containsExactly("a", "new");
        assertThat(agent.question()).contains("index=2&");
    }

    @Test
    void an_agent_whose_index_goes_back_each_time_is_not_asked_without_a_pause() {
        live(1000, "a");
        int questions = 0;
        for (int i = 999; agent.isAsked(); i--) {
            agent.reply(agent.question().contains("consistent") ? 1000 : i, "a");
            questions++;
        }

        assertThat(questions).isLessThan(25);
    }

    @Test
    void an_index_that_jumps_ahead_is_an_index() {
        live(5, "a");
        agent.reply(Long.MAX_VALUE, "b");

        assertThat(agent.question()).contains("index=" + Long.MAX_VALUE + "&");
    }

    @Test
    void a_reply_without_an_index_covers_nothing() {
        watch.start();
        agent.reply(0, "a");

        assertThat(bodies).isEmpty();
        assertThat(reasons).containsExactly("DOUBTFUL: a reply without an index");
    }

    @Test
    void a_reply_without_an_index_ends_what_was_covered() {
        live(5, "a");
        agent.reply(0, "b");

        assertThat(covers()).isFalse();
        assertThat(bodies).containsExactly("a");
        assertThat(agent.isAsked()).isFalse();
    }

    // Doubts.

    @Test
    void a_reply_of_servers_without_a_leader_ends_what_was_covered() {
        live(5, "a");
        agent.reply(new AgentReply<>(200, 6, false, Duration.ZERO, false, Optional.of("b")));

        assertThat(covers()).isFalse();
        assertThat(reasons).containsExactly("LEADERLESS: the servers have no leader");
    }

    @Test
    void a_reply_of_a_server_that_is_behind_ends_what_was_covered() {
        live(5, "a");
        agent.reply(new AgentReply<>(200, 6, true, Duration.ofMillis(2001), false, Optional.of("b")));

        assertThat(covers()).isFalse();
        assertThat(reasons).containsExactly("LEADERLESS: the server has not heard of its leader for 2001 ms");
    }

    @Test
    void a_server_that_heard_of_its_leader_a_second_ago_is_well() {
        watch.start();
        agent.reply(new AgentReply<>(200, 6, true, Duration.ofSeconds(1), false, Optional.of("b")));

        assertThat(covers()).isTrue();
    }

    @Test
    void a_reply_with_parts_left_out_ends_what_was_covered() {
        live(5, "a");
        agent.reply(new AgentReply<>(200, 6, true, Duration.ZERO, true, Optional.of("b")));

        assertThat(watch.state()).isEqualTo(WatchState.REFUSED);
        assertThat(covers()).isFalse();
        assertThat(reasons).singleElement().asString().contains("service:read");
    }

    @Test
    void a_token_that_is_not_good_enough_is_said_once() {
        watch.start();
        agent.status(403);
        loop.pass(Duration.ofMinutes(3));
        agent.status(403);

        assertThat(watch.state()).isEqualTo(WatchState.REFUSED);
        assertThat(reasons).singleElement().asString().startsWith("REFUSED: 403: a token with service:read");
    }

    @Test
    void a_token_that_is_revoked_in_the_middle_ends_what_was_covered() {
        live(5, "a");
        agent.status(403);

        assertThat(covers()).isFalse();
    }

    @Test
    void whoever_is_refused_does_not_ask_again_soon() {
        watch.start();
        agent.status(403);

        assertThat(loop.untilNext()).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
    }

    @Test
    void an_endpoint_that_the_agent_does_not_have_is_refused() {
        watch.start();
        agent.status(404);

        assertThat(reasons).containsExactly("REFUSED: HTTP status 404");
    }

    @Test
    void too_many_connections_are_told_from_all_else() {
        live(5, "a");
        agent.status(429);

        assertThat(watch.state()).isEqualTo(WatchState.CROWDED);
        assertThat(covers()).isFalse();
        assertThat(loop.untilNext()).isGreaterThanOrEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void an_error_of_the_agent_ends_what_was_covered() {
        live(5, "a");
        agent.status(500);

        assertThat(covers()).isFalse();
        assertThat(reasons).containsExactly("LEADERLESS: HTTP status 500");
    }

    @Test
    void a_body_that_cannot_be_read_ends_what_was_covered() {
        live(5, "a");
        agent.fail(Failure.UNUSABLE, "what came is no JSON array");

        assertThat(covers()).isFalse();
        assertThat(bodies).containsExactly("a");
        assertThat(reasons).containsExactly("DOUBTFUL: what came is no JSON array");
    }

    @Test
    void a_body_that_is_unreadable_each_time_is_said_once() {
        live(5, "a");
        for (int i = 0; i < 5; i++) {
            agent.fail(Failure.UNUSABLE, "what came is no JSON array");
            loop.pass(MINUTE);
        }

        assertThat(reasons).hasSize(1);
    }

    @Test
    void the_same_doubt_is_said_again_when_all_was_well_in_between() {
        live(5, "a");
        agent.status(500);
        loop.pass(MINUTE);
        agent.reply(6, "a");
        agent.status(500);

        assertThat(reasons).hasSize(2);
    }

    @Test
    void another_doubt_is_said_too() {
        live(5, "a");
        agent.status(500);
        loop.pass(MINUTE);
        agent.fail(Failure.DIED, "nothing listens there");

        assertThat(reasons).containsExactly("LEADERLESS: HTTP status 500", "LOST: nothing listens there");
    }

    // Connections.

    @Test
    void a_connection_that_ends_ends_what_was_covered() {
        live(5, "a");
        agent.fail(Failure.DIED, "the connection ended before the reply was whole");

        assertThat(watch.state()).isEqualTo(WatchState.LOST);
        assertThat(covers()).isFalse();
    }

    @Test
    void silence_is_told_from_death() {
        live(5, "a");
        agent.fail(Failure.SILENT, "no answer within 72000 ms");

        assertThat(watch.state()).isEqualTo(WatchState.SILENT);
        assertThat(covers()).isFalse();
    }

    @Test
    void a_new_connection_begins_with_the_leader_and_no_index() {
        live(5, "a");
        agent.fail(Failure.DIED, "reset");
        loop.pass(Duration.ofMillis(100));

        assertThat(agent.question()).isEqualTo("/web?consistent");
    }

    @Test
    void the_same_body_after_a_lost_connection_is_covered_anew() {
        live(5, "a");
        Coverage first = coverage;
        agent.fail(Failure.DIED, "reset");
        loop.pass(Duration.ofMillis(100));
        agent.reply(5, "a");

        assertThat(first.holds(loop.now())).isFalse();
        assertThat(bodies).containsExactly("a", "a");
        assertThat(covers()).isTrue();
    }

    @Test
    void after_a_lost_connection_a_lower_index_is_no_doubt() {
        live(5, "a");
        agent.fail(Failure.DIED, "reset");
        loop.pass(Duration.ofMillis(100));
        agent.reply(2, "b");

        assertThat(covers()).isTrue();
        assertThat(agent.question()).contains("index=2&");
    }

    @Test
    void a_connection_that_ended_between_two_questions_is_a_lost_one() {
        watch.start();
        whenTold = agent::disconnect;
        agent.reply(5, "a");

        assertThat(covers()).isFalse();
        assertThat(reasons).containsExactly("LOST: the connection has ended");
        assertThat(agent.isAsked()).isFalse();
    }

    @Test
    void an_agent_that_was_lost_is_looked_for_soon() {
        live(5, "a");
        agent.fail(Failure.DIED, "reset");

        assertThat(loop.untilNext()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    }

    @Test
    void the_longer_an_agent_is_away_the_less_often_it_is_looked_for() {
        watch.start();
        List<Duration> pauses = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            agent.fail(Failure.DIED, "nothing listens there");
            pauses.add(loop.untilNext());
            loop.pass(loop.untilNext());
        }

        assertThat(pauses.get(3)).isGreaterThan(pauses.get(0).multipliedBy(2));
        assertThat(pauses.get(9)).isBetween(Duration.ofMillis(2500), Duration.ofSeconds(5));
    }

    @Test
    void a_connection_that_worked_is_looked_for_soon_again() {
        watch.start();
        for (int i = 0; i < 10; i++) {
            agent.fail(Failure.DIED, "nothing listens there");
            loop.pass(loop.untilNext());
        }
        agent.reply(5, "a");
        agent.reply(6, "b");
        agent.fail(Failure.DIED, "reset");

        assertThat(loop.untilNext()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void one_that_ends_after_each_first_reply_is_looked_for_less_and_less() {
        watch.start();
        for (int i = 0; i < 10; i++) {
            agent.reply(5, "a");
            agent.fail(Failure.DIED, "reset");
            loop.pass(loop.untilNext());
        }
        agent.reply(5, "a");
        agent.fail(Failure.DIED, "reset");

        assertThat(loop.untilNext()).isGreaterThanOrEqualTo(Duration.ofMillis(2500));
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void no_failure_is_followed_by_a_question_at_once(Failure failure) {
        live(5, "a");
        agent.fail(failure, "why");

        assertThat(agent.isAsked()).isFalse();
        assertThat(loop.untilNext()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 301, 400, 403, 404, 429, 500, 503})
    void no_other_status_covers_anything(int status) {
        watch.start();
        agent.status(status);

        assertThat(covers()).isFalse();
        assertThat(agent.isAsked()).isFalse();
    }

    // The pace.

    @Test
    void a_burst_of_changes_is_heard_of_at_once() {
        live(5, "body 0");
        for (int i = 1; i <= 18; i++) {
            agent.reply(5 + i, "body " + i);
        }

        assertThat(bodies).hasSize(19);
        assertThat(covers()).isTrue();
    }

    @Test
    void while_it_may_not_ask_it_covers_nothing() {
        live(5, "body 0");
        flood();

        assertThat(watch.state()).isEqualTo(WatchState.BUSY);
        assertThat(covers()).isFalse();
        assertThat(reasons).containsExactly("BUSY: it changes faster than it is asked for");
    }

    /** Changes until it may not ask any more. */
    private void flood() {
        for (int i = 6; agent.isAsked(); i++) {
            agent.reply(i, "body " + i);
        }
    }

    @Test
    void after_a_pause_it_asks_for_how_things_stand_now_without_waiting_for_news() {
        live(5, "body 0");
        flood();
        loop.pass(Duration.ofMillis(200));

        assertThat(agent.question()).isEqualTo("/web?stale");
    }

    @Test
    void what_it_hears_after_a_pause_is_covered_also_when_nothing_changed() {
        live(5, "body 0");
        flood();
        String last = bodies.get(bodies.size() - 1);
        loop.pass(Duration.ofMillis(200));
        agent.reply(1000, last);

        assertThat(bodies.subList(bodies.size() - 2, bodies.size())).containsExactly(last, last);
    }

    @Test
    void after_a_flood_one_pause_is_enough_to_wait_for_news_again() {
        live(5, "body 0");
        flood();
        loop.pass(Duration.ofMillis(200));
        agent.reply(1000, "the last");

        assertThat(covers()).isTrue();
        assertThat(agent.question()).startsWith("/web?stale&index=1000&wait=");
    }

    @Test
    void a_server_that_is_behind_is_noticed_after_a_pause() {
        live(5, "body 0");
        flood();
        loop.pass(Duration.ofMillis(200));
        agent.reply(4, "body 0");

        assertThat(watch.state()).isEqualTo(WatchState.STARTING);
    }

    @Test
    void in_the_long_run_it_asks_five_times_a_second() {
        live(5, "body 0");
        long index = 6;
        for (int i = 0; i < 60_000; i++) {
            if (agent.isAsked()) {
                agent.reply(index++, "body " + index);
            }
            loop.pass(Duration.ofMillis(1));
        }

        assertThat(agent.asked).hasSizeBetween(300, 330);
    }

    @Test
    void a_quiet_time_gives_the_burst_back() {
        live(5, "body 0");
        flood();
        loop.pass(Duration.ofMillis(200));
        agent.reply(1000, "calm");
        loop.pass(Duration.ofSeconds(10));
        bodies.clear();
        for (int i = 1; i <= 18; i++) {
            agent.reply(1000 + i, "again " + i);
        }

        assertThat(bodies).hasSize(18);
    }

    // The lease.

    @Test
    void without_the_lease_a_live_watch_covers_nothing() {
        live(5, "a");
        lease.until(loop.now());

        assertThat(watch.state()).isEqualTo(WatchState.LIVE);
        assertThat(covers()).isFalse();
    }

    @Test
    void a_lease_that_runs_out_needs_nobody_to_notice_it() {
        lease.until(loop.now() + Duration.ofSeconds(4).toNanos());
        live(5, "a");
        loop.freeze(Duration.ofSeconds(4));

        assertThat(covers()).isFalse();
    }

    // How it ends.

    @Test
    void closing_it_ends_what_was_covered_and_the_connection() {
        live(5, "a");
        watch.close();

        assertThat(covers()).isFalse();
        assertThat(agent.isConnected()).isFalse();
        assertThat(watch.state()).isEqualTo(WatchState.OFF);
    }

    @Test
    void closing_it_while_it_pauses_ends_the_pause() {
        live(5, "a");
        agent.status(500);
        watch.close();

        assertThat(loop.isIdle()).isTrue();
    }

    @Test
    void closing_it_is_told_to_nobody() {
        live(5, "a");
        watch.close();

        assertThat(reasons).isEmpty();
    }

    @Test
    void whoever_hears_of_a_doubt_may_close_it() {
        live(5, "a");
        whenTold = watch::close;
        agent.status(500);

        assertThat(loop.isIdle()).isTrue();
        assertThat(watch.state()).isEqualTo(WatchState.OFF);
    }

    @Test
    void whoever_hears_of_a_body_may_close_it() {
        watch.start();
        whenTold = watch::close;
        agent.reply(5, "a");

        assertThat(agent.isAsked()).isFalse();
        assertThat(covers()).isFalse();
    }

    @Test
    void whoever_hears_of_an_index_that_went_back_may_close_it() {
        live(5, "a");
        whenTold = watch::close;
        agent.reply(4, "a");

        assertThat(agent.isAsked()).isFalse();
    }

    @Test
    void one_that_was_closed_can_start_again_with_the_leader() {
        live(5, "a");
        watch.close();
        watch.start();

        assertThat(agent.question()).isEqualTo("/web?consistent");
    }
}
