package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LetterCaseTest {
    private final LetterCase letterCase = new LetterCase();

    @Test
    void a_server_is_trusted_to_repeat_letters_until_it_does_not() {
        assertThat(letterCase.isKept(0)).isTrue();
    }

    @Test
    void once_or_twice_may_be_a_forger() {
        letterCase.changed(0);
        letterCase.changed(0);

        assertThat(letterCase.isKept(0)).isTrue();
    }

    @Test
    void three_times_is_the_server() {
        change();

        assertThat(letterCase.isKept(0)).isFalse();
    }

    @Test
    void an_answer_in_the_right_letters_in_between_shows_that_it_was_not() {
        letterCase.changed(0);
        letterCase.changed(0);
        letterCase.kept();
        letterCase.changed(0);

        assertThat(letterCase.isKept(0)).isTrue();
    }

    @Test
    void after_an_hour_it_is_tried_again() {
        change();

        assertThat(letterCase.isKept(TimeUnit.HOURS.toNanos(1) - 1)).isFalse();
        assertThat(letterCase.isKept(TimeUnit.HOURS.toNanos(1))).isTrue();
    }

    private void change() {
        for (int i = 0; i < LetterCase.CHANGES; i++) {
            letterCase.changed(0);
        }
    }
}
