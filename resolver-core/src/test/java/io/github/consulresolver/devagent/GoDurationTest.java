package io.github.consulresolver.devagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
    @ParameterizedTest
    @CsvSource({"10s,10000", "1m30s,90000", "1.5s,1500", "300ms,300", "2h,7200000", "0,0"})
    void durations_are_read_as_go_writes_them(String text, long millis) {
        assertThat(GoDuration.parse(text)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "10x", "10s5", "-1s", " 1s"})
    void what_is_no_duration_is_told_apart(String text) {
        assertThat(GoDuration.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0,0s", "10000,10s", "90000,1m30s", "1500,1.5s", "300,300ms", "3600000,1h0m0s"})
    void durations_are_written_as_go_writes_them(long millis, String text) {
        assertThat(GoDuration.format(Duration.ofMillis(millis))).isEqualTo(text);
    }
}
