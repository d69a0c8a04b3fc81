package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RoundTripTest {
    private final RoundTrip roundTrip =
            new RoundTrip(Duration.ofMillis(1000), Duration.ofMillis(100), Duration.ofMillis(2000));

    @Test
    void before_the_first_answer_the_time_out_is_the_initial_one() {
        assertThat(timeout()).isEqualTo(1000);
    }

    @Test
    void the_first_answer_makes_it_three_round_trips() {
        answered(80);

        assertThat(timeout()).isEqualTo(240);
    }

    @Test
    void later_ones_are_smoothed_as_RFC_6298_says() {
        answered(80);
        answered(160);

        // Deviation 40 + (80 - 40) / 4 = 50, round trip 80 + (160 - 80) / 8 = 90.
        assertThat(timeout()).isEqualTo(90 + 4 * 50);
    }

    @Test
    void a_steady_server_gets_the_floor() {
        for (int i = 0; i < 100; i++) {
            answered(1);
        }

        assertThat(timeout()).isEqualTo(100);
    }

    @Test
    void a_slow_server_gets_the_ceiling_and_no_more() {
        answered(3000);

        assertThat(timeout()).isEqualTo(2000);
    }

    @Test
    void after_silence_the_time_out_is_twice_as_long_up_to_the_ceiling() {
        answered(80);
        silent(1000, 1240);
        assertThat(timeout()).isEqualTo(480);
        silent(1240, 1720);
        silent(1720, 2680);
        silent(2680, 4600);

        assertThat(timeout()).isEqualTo(2000);
    }

    @Test
    void a_hundred_questions_that_one_silence_swallows_count_once() {
        answered(80);
        for (int i = 0; i < 100; i++) {
            silent(1000 + i, 1240 + i);
        }

        assertThat(timeout()).isEqualTo(480);
    }

    @Test
    void the_first_answer_after_silence_ends_the_backing_off() {
        answered(80);
        silent(1000, 1240);
        silent(1240, 1720);
        answered(80);

        assertThat(timeout()).isLessThan(240);
    }

    @Test
    void an_answer_is_late_after_half_the_allowance_of_the_time_out() {
        answered(80);

        assertThat(Duration.ofNanos(roundTrip.late()).toMillis()).isEqualTo(80 + 2 * 40);
    }

    @Test
    void what_is_late_is_not_known_before_the_first_answer() {
        assertThat(roundTrip.late()).isEqualTo(roundTrip.timeout());
    }

    private void answered(long millis) {
        roundTrip.answered(nanos(millis));
    }

    private void silent(long asked, long now) {
        roundTrip.silent(nanos(asked), nanos(now));
    }

    private long timeout() {
        return Duration.ofNanos(roundTrip.timeout()).toMillis();
    }

    private static long nanos(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }
}
