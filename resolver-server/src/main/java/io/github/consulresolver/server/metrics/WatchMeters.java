package io.github.consulresolver.server.metrics;

import io.github.consulresolver.watch.WatchState;
import io.github.consulresolver.zone.CoherenceListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Measures what watching is good for: {@code consul_resolver_watches{state}}, {@code consul_resolver_watch_fallbacks_total{reason}}, {@code
 * consul_resolver_watch_renewal_seconds}. Thread-safe.
 */
public final class WatchMeters implements CoherenceListener {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(500),
        Duration.ofSeconds(5)
    };

    private final MeterRegistry registry;
    private final Timer renewal;

    public WatchMeters(MeterRegistry registry) {
        this.registry = registry;
        renewal = Timer.builder("consul.resolver.watch.renewal")
                .description("Time from hearing of a change until the changed answer is there")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** Has the watches counted when somebody scrapes. */
    public void count(Supplier<Map<WatchState, Integer>> states) {
        for (WatchState state : WatchState.values()) {
            Gauge.builder("consul.resolver.watches", states, now -> now.get().getOrDefault(state, 0))
                    .description("Services that are watched, by how it stands with it")
                    .tag("state", lowerCase(state))
                    .register(registry);
        }
    }

    @Override
    public void fallsBack(Fallback why) {
        count(lowerCase(why));
    }

    /** What was watched is not, for a reason that its state tells. */
    public void uncovered(WatchState state) {
        count(lowerCase(state));
    }

    private void count(String reason) {
        Counter.builder("consul.resolver.watch.fallbacks")
                .description("How often answers had to live by their TTL although they are watched")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }

    @Override
    public void renewed(long nanos) {
        renewal.record(nanos, TimeUnit.NANOSECONDS);
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
