package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StalePolicyTest {
    private static final long NOW = Duration.ofSeconds(10).toNanos();

    private static ZoneHealth answersAfter(long millis) {
        ZoneHealth upstream = new ZoneHealth(0);
        upstream.answered(0, Duration.ofMillis(millis).toNanos());
        return upstream;
    }

    @ParameterizedTest
    @CsvSource({"0, 250", "1, 250", "83, 250", "100, 300", "599, 1797", "601, 1800", "4000, 1800"})
    void under_consul_a_client_waits_three_round_trips_within_bounds(long roundTrip, long wait) {
        assertThat(StalePolicy.CONSUL.patience(answersAfter(roundTrip), NOW)).isEqualTo(Duration.ofMillis(wait));
    }

    @ParameterizedTest
    @CsvSource({"0", "20", "900"})
    void elsewhere_it_waits_1_8_s(long roundTrip) {
        assertThat(StalePolicy.RECURSORS.patience(answersAfter(roundTrip), NOW)).isEqualTo(Duration.ofMillis(1800));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 2, 2", "3, 2, 4", "4, 2, 5", "1000000, 2, 5"})
    void a_failure_is_remembered_for_twice_as_long_each_time(int times, long underConsul, long elsewhere) {
        assertThat(StalePolicy.CONSUL.memory(times)).isEqualTo(Duration.ofSeconds(underConsul));
        assertThat(StalePolicy.RECURSORS.memory(times)).isEqualTo(Duration.ofSeconds(elsewhere));
    }

    @Test
    void no_default_gives_a_ttl_of_0() {
        assertThat(StalePolicy.CONSUL.ttl()).isEqualTo(1);
        assertThat(StalePolicy.RECURSORS.ttl()).isEqualTo(30);
    }
}
