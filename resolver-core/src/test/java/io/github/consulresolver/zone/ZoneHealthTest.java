package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ZoneHealthTest {
    /** So that the nanoseconds overflow on the way. */
    private long now = Long.MAX_VALUE - 50;

    private final ZoneHealth health = new ZoneHealth(now);

    private long later(long nanos) {
        now += nanos;
        return now;
    }

    @Test
    void nothing_is_wrong_before_anybody_has_asked() {
        assertThat(health.isDown()).isFalse();
        assertThat(health.isBackSince(now)).isFalse();
        assertThat(health.roundTrip()).isZero();
    }

    @Test
    void one_silence_is_an_upstream_that_is_down() {
        health.silent(now);
        assertThat(health.isDown()).isTrue();
    }

    @Test
    void one_refusal_may_be_the_names_own_two_in_a_row_are_not() {
        health.refused(later(10));
        assertThat(health.isDown()).isFalse();
        health.refused(later(10));
        assertThat(health.isDown()).isTrue();
    }

    @Test
    void refusals_among_answers_are_the_names_own() {
        for (int i = 0; i < 10; i++) {
            health.refused(later(10));
            long askedAt = later(10);
            health.answered(askedAt, later(10));
        }
        assertThat(health.isDown()).isFalse();
    }

    @Test
    void a_silence_during_which_others_were_answered_is_the_names_own() {
        long askedAt = later(10);
        health.answered(later(10), later(10));
        health.silent(askedAt);
        assertThat(health.isDown()).isFalse();
    }

    @Test
    void one_answer_is_an_upstream_that_is_back() {
        health.silent(now);
        long before = now;
        health.answered(later(10), later(10));

        assertThat(health.isDown()).isFalse();
        assertThat(health.isBackSince(before)).isTrue();
        assertThat(health.isBackSince(later(1))).isFalse();
    }

    @Test
    void an_answer_from_one_that_was_up_is_no_return() {
        long before = now;
        health.answered(later(10), later(10));
        assertThat(health.isBackSince(before)).isFalse();
    }

    @Test
    void round_trips_are_smoothed() {
        health.answered(later(10), later(80));
        assertThat(health.roundTrip()).isEqualTo(80);
        health.answered(later(10), later(160));
        assertThat(health.roundTrip()).isEqualTo(90);
    }

    @Test
    void what_was_asked_before_the_return_is_no_round_trip() {
        long askedAt = later(10);
        health.silent(askedAt);
        health.answered(askedAt, later(TimeUnit.SECONDS.toNanos(4)));
        health.answered(askedAt + 1, later(10));
        assertThat(health.roundTrip()).isZero();
    }

    @Test
    void while_it_is_down_one_caller_in_half_a_second_is_to_see_whether_it_is_back() {
        health.silent(now);
        long later = later(TimeUnit.MILLISECONDS.toNanos(500));

        assertThat(health.takesProbe(later)).isTrue();
        assertThat(health.takesProbe(later)).isFalse();
        assertThat(health.takesProbe(later(TimeUnit.MILLISECONDS.toNanos(499)))).isFalse();
        assertThat(health.takesProbe(later(TimeUnit.MILLISECONDS.toNanos(1)))).isTrue();
    }

    @Test
    void whoever_asks_is_a_probe_as_well() {
        health.silent(now);
        health.asked(later(TimeUnit.MILLISECONDS.toNanos(400)));
        assertThat(health.takesProbe(later(TimeUnit.MILLISECONDS.toNanos(400)))).isFalse();
    }

    @Test
    void an_upstream_that_is_up_needs_no_probe() {
        assertThat(health.takesProbe(later(TimeUnit.HOURS.toNanos(1)))).isFalse();
    }

    @Test
    void several_questions_without_an_answer_are_late_when_the_last_of_them_is() {
        for (int number = 0; number < 4; number++) {
            health.asked(later(10));
        }
        assertThat(health.isLate(50, later(49))).isFalse();
        assertThat(health.isLate(50, later(1))).isTrue();
    }

    @Test
    void what_is_asked_besides_changes_nothing() {
        for (int number = 0; number < 5; number++) {
            health.asked(later(10));
        }
        assertThat(health.isLate(50, later(40))).isTrue();
    }

    @Test
    void few_questions_are_never_late() {
        for (int number = 0; number < 3; number++) {
            health.asked(later(10));
        }
        assertThat(health.isLate(50, later(TimeUnit.HOURS.toNanos(1)))).isFalse();
    }

    @Test
    void a_refusal_is_not_silence() {
        for (int number = 0; number < 4; number++) {
            health.asked(later(10));
        }
        health.refused(now);
        assertThat(health.isLate(50, later(50))).isFalse();
    }

    @Test
    void an_answer_ends_it() {
        for (int number = 0; number < 4; number++) {
            health.asked(later(10));
        }
        health.answered(now, later(50));
        assertThat(health.isLate(50, later(50))).isFalse();
    }
}
