package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "1024, 1024",
        "1024b, 1024",
        "1k, 1024",
        "32m, 33554432",
        "32MB, 33554432",
        "32MiB, 33554432",
        "1G, 1073741824"
    })
    void a_size_has_a_unit_of_1024_or_none(String text, long bytes) throws ConfigException {
        assertThat(Quantity.bytes(text, 1, Long.MAX_VALUE)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1m", "1.5m", "32x", "32 m", "999999999999999g", "1k", "2g"})
    void another_size_is_told_with_its_bounds(String text) {
        assertThatThrownBy(() -> Quantity.bytes(text, 64 << 10, 1 << 30))
                .hasMessage("expected a size from 64k to 1g, like 32m; found \"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({"250ms, PT0.25S", "10s, PT10S", "5m, PT5M", "1h30m, PT1H30M", "1d, PT24H", "0s, PT0S", "10S, PT10S"})
    void a_duration_has_units(String text, Duration duration) throws ConfigException {
        assertThat(Quantity.duration(text, Duration.ZERO, Duration.ofDays(7))).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "-1s", "1.5s", "10 s", "8d", "10ms", "1w"})
    void another_duration_is_told_with_its_bounds(String text) {
        assertThatThrownBy(() -> Quantity.duration(text, Duration.ofSeconds(1), Duration.ofDays(7)))
                .hasMessage(
                        "expected a duration from 1s to 7d, with its unit, like 10s or 1h30m; found \"" + text + "\"");
    }

    @Test
    void a_number_outside_its_bounds_is_told_with_them() {
        assertThatThrownBy(() -> Quantity.number("101", 1, 100))
                .hasMessage("expected a number from 1 to 100; found \"101\"");
    }
}
