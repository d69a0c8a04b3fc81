package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private final Failures failures = new Failures();

    @Test
    void a_server_that_nothing_is_known_of_does_not_fail() {
        assertThat(failures.isFailing()).isFalse();
        assertThat(failures.beginTrial(ms(0))).isFalse();
    }

    @Test
    void the_first_failure_is_news_and_the_second_is_not() {
        assertThat(failed(0, 100)).isTrue();
        assertThat(failed(100, 200)).isFalse();
        assertThat(failures.isFailing()).isTrue();
    }

    @Test
    void any_answer_is_news_and_ends_it() {
        failed(0, 100);

        assertThat(failures.answered(ms(150))).isTrue();
        assertThat(failures.answered(ms(160))).isFalse();
        assertThat(failures.isFailing()).isFalse();
    }

    @Test
    void silence_to_one_question_says_nothing_when_a_later_one_was_answered() {
        failures.answered(ms(500));

        assertThat(failed(400, 1400)).isFalse();
        assertThat(failures.isFailing()).isFalse();
    }

    @Test
    void it_is_tried_again_after_the_first_backoff() {
        failed(0, 100);

        assertThat(failures.beginTrial(ms(1099))).isFalse();
        assertThat(failures.beginTrial(ms(1100))).isTrue();
    }

    @Test
    void one_trial_is_under_way_at_a_time() {
        failed(0, 100);
        failures.beginTrial(ms(1100));

        assertThat(failures.beginTrial(ms(1200))).isFalse();
    }

    @Test
    void a_trial_without_an_outcome_makes_room_for_the_next() {
        failed(0, 100);
        failures.beginTrial(ms(1100));
        failures.endTrial();

        assertThat(failures.beginTrial(ms(1200))).isTrue();
    }

    @Test
    void each_failed_trial_doubles_the_backoff_up_to_thirty_seconds() {
        long now = 100;
        failed(0, now);
        for (long backoff : new long[] {1, 2, 4, 8, 16, 30, 30}) {
            assertThat(failures.beginTrial(ms(now + 1000 * backoff - 1))).isFalse();
            now += 1000 * backoff;
            assertThat(failures.beginTrial(ms(now))).isTrue();
            failed(now, now);
        }
    }

    @Test
    void what_fails_before_the_backoff_ends_belongs_to_the_same_failure() {
        failed(0, 100);
        for (int i = 0; i < 100; i++) {
            failed(100 + i, 200 + i);
        }

        assertThat(failures.beginTrial(ms(1100))).isTrue();
    }

    @Test
    void after_an_answer_the_backoff_begins_anew() {
        failed(0, 0);
        failed(1000, 1000);
        failures.answered(ms(2000));
        failed(3000, 3000);

        assertThat(failures.beginTrial(ms(4000))).isTrue();
    }

    private boolean failed(long asked, long now) {
        return failures.failed(ms(asked), ms(now));
    }

    private static long ms(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }
}
