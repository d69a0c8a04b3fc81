package io.github.consulresolver.server.metrics;

import io.github.consulresolver.catalog.WatchingListener;
import io.github.consulresolver.watch.WatchState;
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
 * consul_resolver_watch_renewal_seconds}; and of what has no watch of its own {@code consul_resolver_signals{state}}, {@code
 * consul_resolver_signal_checks_total}, {@code consul_resolver_signal_services{state}}. Thread-safe.
 */
public final class WatchMeters implements WatchingListener {
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
    private final Counter checks;

    public WatchMeters(MeterRegistry registry) {
        this.registry = registry;
        renewal = Timer.builder("consul.resolver.watch.renewal")
                .description("Time from hearing of a change until the changed answer is there")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        checks = Counter.builder("consul.resolver.signal.checks")
                .description("What has no watch of its own and was looked at")
                .register(registry);
    }

    /** Has the watches counted when somebody scrapes. */
    public void count(Supplier<Map<WatchState, Integer>> states) {
        count("consul.resolver.watches", "Services that are watched, by how it stands with it", states);
    }

    /** Has the signals counted when somebody scrapes, and what is kept because they do not move. */
    public void countTail(
            Supplier<Map<WatchState, Integer>> signals, Supplier<Number> covered, Supplier<Number> waiting) {
        count("consul.resolver.signals", "The datacenter's signals, by how it stands with them", signals);
        countServices("covered", covered);
        countServices("waiting", waiting);
    }

    private void countServices(String state, Supplier<Number> services) {
        Gauge.builder("consul.resolver.signal.services", services)
                .description("What has no watch of its own and was asked for since a signal moved")
                .tag("state", state)
                .register(registry);
    }

    private void count(String name, String description, Supplier<Map<WatchState, Integer>> states) {
        for (WatchState state : WatchState.values()) {
            // Of an object it would hold it weakly, and nobody else holds it.
            Gauge.builder(name, () -> states.get().getOrDefault(state, 0))
                    .description(description)
                    .tag("state", lowerCase(state))
                    .register(registry);
        }
    }

    @Override
    public void checked() {
        checks.increment();
    }

    @Override
    public void fallsBack(Fallback why) {
        count(lowerCase(why));
    }

    @Override
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
