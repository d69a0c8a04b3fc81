package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Stage.QUESTION;
import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Recursors that answer, are silent, lie and come back, on a stage where time passes by word of command. */
class RecursorScenariosTest {
    private final Stage stage = new Stage();

    // The first, the next, and the time that is left.

    @Test
    void the_first_answers_and_nobody_else_is_asked() {
        stage.let("ABC", asked -> asked.answer(20));
        CompletableFuture<byte[]> answer = stage.recursors("ABC").ask(QUESTION);
        stage.pass(20);

        assertThat(answer).isCompleted();
        assertThat(stage.sent).containsExactly("0 A");
    }

    @Test
    void the_next_is_asked_when_the_initial_time_out_has_passed() {
        stage.let('B', asked -> asked.answer(20));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(1020);

        assertThat(answer).isCompleted();
        assertThat(stage.sent).containsExactly("0 A", "1000 B");
    }

    @Test
    void the_time_out_follows_the_measured_round_trip() {
        stage.let("AB", asked -> asked.answer(120));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> {});
        long start = stage.millis();
        stage.forget();
        stage.ask(recursors, 1);

        assertThat(stage.heard).contains("A down", "B hedged");
        assertThat(stage.sent).contains(start + " A");
        // Late after 120 + 2 * 60 ms, silent after 120 + 4 * 60.
        assertThat(stage.sent).contains((start + 240) + " B");
    }

    @Test
    void where_nobody_listens_the_next_is_asked_at_once() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(5));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(5);

        assertThat(answer).isCompleted();
        assertThat(stage.sent).containsExactly("0 A", "0 B");
    }

    @Test
    void after_three_silent_ones_the_fourth_has_its_turn() {
        stage.let('D', asked -> asked.answer(20));
        CompletableFuture<byte[]> answer = stage.recursors("ABCD").ask(QUESTION);
        stage.pass(4500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "1000 B", "2000 C", "3000 D");
    }

    @Test
    void after_nine_silent_ones_the_tenth_has_its_turn_because_they_share_the_time() {
        stage.let('J', asked -> asked.answer(20));
        CompletableFuture<byte[]> answer = stage.recursors("ABCDEFGHIJ").ask(QUESTION);
        stage.pass(4500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "AB", "ABC", "ABCDEFGHIJ"})
    void when_all_are_silent_the_question_fails_after_four_and_a_half_seconds(String names) {
        CompletableFuture<byte[]> answer = stage.recursors(names).ask(QUESTION);
        stage.pass(4499);
        assertThat(answer).isNotDone();
        stage.pass(1);

        assertThat(failureOf(answer).reason()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void when_all_are_silent_over_tcp_too_the_question_fails_in_time() {
        stage.let("ABC", asked -> {
            if (!asked.tcp) {
                asked.cut(10);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("ABC").ask(QUESTION);
        stage.pass(4500);

        assertThat(failureOf(answer).reason()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void a_failure_tells_of_each_that_was_asked() {
        stage.let('A', asked -> asked.say(Rcode.SERVFAIL, 1));
        stage.let('B', asked -> asked.fail(Reason.UNREACHABLE, 1));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(failureOf(answer))
                .hasMessage("192.0.2.65:65: answered with response code 2; 192.0.2.66:66: UNREACHABLE");
    }

    @Test
    void nothing_is_left_behind_when_a_question_is_over() {
        stage.let('B', asked -> asked.answer(20));
        RecursorUpstream recursors = stage.recursors("AB");
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(1020);
        assertThat(answer).isCompleted();

        assertThat(stage.underWay()).isZero();
        assertThat(stage.alarms()).isZero();
    }

    // Silence is no refusal: who was silent is listened to, and asked again.

    @Test
    void an_answer_that_comes_after_the_time_out_is_an_answer() {
        stage.let('A', asked -> asked.answer(1500));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(1500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void a_lost_datagram_is_sent_again_to_the_only_recursor() {
        List<Stage.Asked> queries = new ArrayList<>();
        stage.let('A', asked -> {
            queries.add(asked);
            if (queries.size() == 2) {
                asked.answer(10);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("A").ask(QUESTION);
        stage.pass(1010);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.heard).contains("A retried");
    }

    @Test
    void each_further_try_waits_twice_as_long() {
        stage.let('A', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("A");
        stage.ask(recursors, 50);
        stage.let('A', asked -> {});
        stage.forget();
        long start = stage.millis();
        recursors.ask(QUESTION);
        stage.pass(4500);

        assertThat(stage.sent)
                .containsExactly(
                        start + " A",
                        (start + 300) + " A",
                        (start + 900) + " A",
                        (start + 2100) + " A",
                        (start + 4100) + " A");
    }

    @Test
    void at_most_four_queries_of_one_question_are_listened_to() {
        stage.let('A', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("A");
        stage.ask(recursors, 50);
        stage.let('A', asked -> {});
        recursors.ask(QUESTION);
        stage.pass(4499);

        assertThat(stage.underWay()).isEqualTo(4);
    }

    @Test
    void who_hangs_up_has_one_more_turn_and_no_third() {
        stage.let("AB", asked -> {
            if (asked.tcp) {
                asked.fail(Reason.CLOSED, 1);
            } else {
                asked.cut(1);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(100);

        assertThat(failureOf(answer).reason()).isEqualTo(Reason.CLOSED);
        assertThat(stage.sent).containsExactly("0 A", "1 A tcp", "2 B", "3 B tcp", "4 A", "5 A tcp", "6 B", "7 B tcp");
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED})
    void who_refuses_is_not_asked_twice(int rcode) {
        stage.let("AB", asked -> asked.say(rcode, 1));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(100);

        assertThat(failureOf(answer).reason()).isEqualTo(Reason.REFUSED);
        assertThat(stage.sent).containsExactly("0 A", "1 B");
    }

    // The memory of failures.

    @Test
    void a_silent_recursor_is_asked_last_from_then_on() {
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.forget();
        stage.ask(recursors, 3);

        assertThat(stage.sent).hasSize(3).allMatch(line -> line.endsWith("B"));
    }

    @ParameterizedTest
    @EnumSource(names = {"UNREACHABLE", "CLOSED"})
    void one_that_cannot_be_reached_is_asked_last_from_then_on(Reason reason) {
        stage.let('A', asked -> asked.fail(reason, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.forget();
        stage.ask(recursors, 1);

        assertThat(stage.sent).hasSize(1).allMatch(line -> line.endsWith("B"));
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.NXDOMAIN, Rcode.FORMERR, Rcode.REFUSED, Rcode.NOTIMP})
    void what_a_recursor_says_is_never_held_against_it(int rcode) {
        stage.let('A', asked -> asked.say(rcode, 1));
        stage.let('B', asked -> asked.answer(1));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.forget();
        stage.ask(recursors, 1);

        assertThat(stage.sent.get(0)).endsWith("A");
        assertThat(stage.heard).isEmpty();
    }

    @Test
    void a_forger_cannot_bring_a_recursor_into_disrepute() {
        stage.let('A', asked -> {
            if (asked.tcp) {
                asked.answer(1);
            } else {
                asked.fail(Reason.MISMATCHED, 1);
            }
        });
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 2);

        assertThat(stage.heard).isEmpty();
    }

    @Test
    void a_failing_recursor_is_tried_beside_a_question_after_a_second_and_the_client_does_not_wait() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> {});
        stage.pass(1000);
        stage.forget();
        long start = stage.millis();
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted();
        assertThat(stage.sent).containsExactly(start + " B", start + " A");
    }

    @Test
    void one_question_tries_a_failing_recursor_and_others_do_not() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> {});
        stage.pass(1000);
        stage.forget();
        for (int i = 0; i < 100; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }
        stage.pass(10);

        assertThat(stage.sent).filteredOn(line -> line.endsWith("A")).hasSize(1);
    }

    @Test
    void a_recursor_that_is_back_is_the_first_again() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> asked.answer(5));
        stage.pass(1000);
        stage.ask(recursors, 1);
        stage.pass(10);
        stage.forget();
        stage.ask(recursors, 1);

        assertThat(stage.sent).hasSize(1).allMatch(line -> line.endsWith("A"));
    }

    @Test
    void a_servfail_is_sign_of_life_enough() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> asked.say(Rcode.SERVFAIL, 5));
        stage.pass(1000);
        stage.ask(recursors, 1);

        assertThat(stage.heard).containsExactly("A down", "A up");
    }

    @Test
    void a_recursor_that_stays_away_is_tried_after_one_two_four_eight_sixteen_and_thirty_seconds() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(0));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        List<Long> trials = new ArrayList<>();
        for (int seconds = 1; seconds <= 95; seconds++) {
            stage.pass(1000 - stage.millis() % 1000);
            stage.forget();
            stage.ask(recursors, 1);
            if (stage.sent.stream().anyMatch(line -> line.endsWith("A"))) {
                trials.add(stage.millis() / 1000);
            }
        }

        assertThat(trials).startsWith(1L, 3L, 7L, 15L, 31L, 61L);
    }

    @Test
    void a_trial_that_is_not_answered_leaves_nothing_behind() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(10));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> {});
        stage.pass(1000);
        recursors.ask(QUESTION);
        stage.pass(4500);

        assertThat(stage.underWay()).isZero();
        assertThat(stage.alarms()).isZero();
    }

    @Test
    void the_only_recursor_is_never_given_up() {
        RecursorUpstream recursors = stage.recursors("A");
        recursors.ask(QUESTION);
        stage.pass(4500);
        stage.let('A', asked -> asked.answer(5));
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(5);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.heard).contains("A up");
    }

    @Test
    void where_all_fail_all_are_asked_in_their_order() {
        RecursorUpstream recursors = stage.recursors("AB");
        recursors.ask(QUESTION);
        stage.pass(4500);
        stage.forget();
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.answer(5));
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(5);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent)
                .extracting(line -> line.charAt(line.length() - 1))
                .containsExactly('A', 'B');
    }

    @Test
    void a_late_answer_ends_the_memory_of_the_silence_before() {
        stage.let('A', asked -> asked.answer(1500));
        stage.let('B', asked -> {});
        RecursorUpstream recursors = stage.recursors("AB");
        recursors.ask(QUESTION);
        stage.pass(1500);

        assertThat(stage.heard).containsExactly("A down", "A up");
    }

    // Hedging.

    @Test
    void an_answer_that_is_late_is_asked_of_the_next_too_and_the_first_good_one_wins() {
        RecursorUpstream recursors = warm("AB", 10);
        stage.let('A', asked -> asked.answer(290));
        stage.let('B', asked -> asked.answer(30));
        long start = stage.millis();
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(80);

        assertThat(answer).isCompleted();
        assertThat(stage.sent).containsExactly(start + " A", (start + 50) + " B");
        assertThat(stage.heard).containsExactly("B hedged");
    }

    @Test
    void the_first_may_still_win() {
        RecursorUpstream recursors = warm("AB", 10);
        stage.let('A', asked -> asked.answer(60));
        stage.let('B', asked -> asked.answer(100));
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(60);

        assertThat(answer).isCompleted();
        assertThat(stage.underWay()).isZero();
    }

    @Test
    void a_refusal_of_the_second_does_not_end_the_wait_for_the_first() {
        RecursorUpstream recursors = warm("AB", 10);
        stage.let('A', asked -> asked.answer(200));
        stage.let('B', asked -> asked.say(Rcode.SERVFAIL, 1));
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(200);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void who_answers_in_time_is_not_doubled() {
        RecursorUpstream recursors = warm("AB", 10);
        stage.ask(recursors, 100);

        assertThat(stage.sent).hasSize(100).noneMatch(line -> line.endsWith("B"));
    }

    @Test
    void the_only_recursor_is_not_doubled() {
        RecursorUpstream recursors = warm("A", 10);
        stage.let('A', asked -> asked.answer(200));
        stage.ask(recursors, 1);

        assertThat(stage.sent).hasSize(1);
    }

    @Test
    void a_failing_second_is_not_asked_early() {
        stage.let('A', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('B', asked -> asked.fail(Reason.UNREACHABLE, 0));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 1);
        stage.let('A', asked -> asked.answer(10));
        stage.ask(recursors, 30);
        stage.let('A', asked -> asked.answer(200));
        stage.forget();
        stage.ask(recursors, 1);

        assertThat(stage.heard).noneMatch(line -> line.endsWith("hedged"));
    }

    @Test
    void of_many_slow_answers_a_twentieth_is_hedged_and_ten_at_once() {
        RecursorUpstream recursors = warm("AB", 10);
        stage.let("AB", asked -> asked.answer(250));
        for (int i = 0; i < 400; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }
        stage.pass(250);

        // Ten that were saved up are taken before those of the 400 are earned; the credit has no more room.
        assertThat(stage.heard.stream().filter("B hedged"::equals).count()).isEqualTo(10);
    }

    @Test
    void agents_are_not_hedged() {
        stage.let("AB", asked -> asked.answer(10));
        AgentGroup agents = stage.agents("AB");
        stage.ask(agents, 50);
        stage.let('A', asked -> asked.answer(200));
        stage.forget();
        stage.ask(agents, 1);

        assertThat(stage.sent).hasSize(1);
    }

    // Transports.

    @Test
    void what_was_cut_is_asked_for_over_tcp_at_the_same_recursor() {
        stage.let('A', asked -> {
            if (asked.tcp) {
                asked.answer(5);
            } else {
                asked.cut(5);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "5 A tcp");
    }

    @Test
    void one_that_is_silent_over_tcp_makes_room_for_the_next() {
        stage.let('A', asked -> {
            if (!asked.tcp) {
                asked.cut(5);
            }
        });
        stage.let('B', asked -> asked.answer(5));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(1600);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "5 A tcp", "1505 B");
    }

    @Test
    void one_that_does_not_understand_edns_is_asked_without() {
        stage.let('A', asked -> {
            if (asked.form.hasEdns()) {
                asked.fail(Reason.NO_EDNS, 5);
            } else {
                asked.answer(5);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "5 A plain");
    }

    @Test
    void a_guessed_at_question_goes_over_tcp() {
        stage.let('A', asked -> {
            if (asked.tcp) {
                asked.answer(5);
            } else {
                asked.fail(Reason.MISMATCHED, 5);
            }
        });
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "5 A tcp");
    }

    @Test
    void an_answer_of_other_names_is_none() {
        stage.let('A', asked -> asked.stray(1));
        stage.let('B', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "1 B");
    }

    @Test
    void a_name_that_comes_back_in_other_letters_is_asked_for_over_tcp() {
        stage.let('A', asked -> asked.answerInOtherCase(1));
        CompletableFuture<byte[]> answer = stage.recursors("AB").ask(QUESTION);
        stage.pass(10);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A", "1 A tcp");
        assertThat(stage.heard).isEmpty();
    }

    @Test
    void a_recursor_that_does_not_keep_letters_is_asked_in_small_ones_after_three_times() {
        stage.let('A', asked -> asked.answerInOtherCase(1));
        RecursorUpstream recursors = stage.recursors("AB");
        stage.ask(recursors, 5);

        assertThat(stage.sent).filteredOn(line -> line.endsWith("tcp")).hasSize(3);
    }

    // Bounds.

    @Test
    void above_two_thousand_questions_under_way_the_next_fails_at_once() {
        RecursorUpstream recursors = stage.recursors("A");
        for (int i = 0; i < Servers.MOST_QUESTIONS; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }

        assertThat(failureOf(recursors.ask(QUESTION)).reason()).isEqualTo(Reason.OVERLOADED);
        assertThat(stage.sent).hasSize(Servers.MOST_QUESTIONS);
    }

    @Test
    void a_dead_recursor_leaves_the_agent_its_room() {
        RecursorUpstream recursors = stage.recursors("A");
        for (int i = 0; i <= Servers.MOST_QUESTIONS; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }
        stage.let('b', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.agent("b").ask(QUESTION);
        stage.pass(1);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void when_those_are_over_there_is_room_again() {
        RecursorUpstream recursors = stage.recursors("A");
        for (int i = 0; i < Servers.MOST_QUESTIONS; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }
        stage.pass(4500);
        stage.let('A', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = recursors.ask(QUESTION);
        stage.pass(1);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void a_flood_at_a_silent_recursor_sends_a_bounded_number_of_queries() {
        RecursorUpstream recursors = stage.recursors("A");
        for (int i = 0; i < 20_000; i++) {
            recursors.ask(Question.of("n" + i + ".example.com", Type.A));
        }
        stage.pass(4500);

        assertThat(stage.sent).hasSizeLessThanOrEqualTo(4 * Servers.MOST_QUESTIONS);
        assertThat(stage.underWay()).isZero();
    }

    /** Round trips of so many milliseconds are well known. */
    private RecursorUpstream warm(String names, long millis) {
        stage.let(names, asked -> asked.answer(millis));
        RecursorUpstream recursors = stage.recursors(names);
        stage.ask(recursors, 50);
        stage.forget();
        return recursors;
    }
}
