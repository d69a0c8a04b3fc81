package io.github.consulresolver.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.watch.WatchState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class WatchMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WatchMeters meters = new WatchMeters(registry);

    private double gauge(String name, String state) {
        return registry.get(name).tag("state", state).gauge().value();
    }

    private static void collectGarbage() {
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        while (garbage.get() != null) {
            System.gc();
        }
    }

    @Test
    void who_scrapes_later_sees_what_is_the_case_then_though_nobody_else_holds_who_counts() {
        int[] live = {3};
        Supplier<Map<WatchState, Integer>> states = () -> Map.of(WatchState.LIVE, live[0]);
        meters.count(() -> states.get());
        meters.countTail(() -> states.get(), () -> live[0] * 10, () -> live[0] * 100);
        collectGarbage();
        live[0] = 4;

        assertThat(gauge("consul.resolver.watches", "live")).isEqualTo(4);
        assertThat(gauge("consul.resolver.watches", "lost")).isZero();
        assertThat(gauge("consul.resolver.signals", "live")).isEqualTo(4);
        assertThat(gauge("consul.resolver.signal.services", "covered")).isEqualTo(40);
        assertThat(gauge("consul.resolver.signal.services", "waiting")).isEqualTo(400);
    }

    @Test
    void what_was_looked_at_is_counted() {
        meters.checked();
        meters.checked();

        assertThat(registry.get("consul.resolver.signal.checks").counter().count())
                .isEqualTo(2);
    }
}
