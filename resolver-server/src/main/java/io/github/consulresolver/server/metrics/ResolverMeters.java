package io.github.consulresolver.server.metrics;

import io.github.consulresolver.zone.ResolverListener;
import io.github.consulresolver.zone.Zone;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/**
 * Counts what happens on the way of questions that the cache has no fresh answer to, by zone: {@code
 * consul_resolver_partial_answers_total}, {@code consul_resolver_refreshes_total{why}}, {@code consul_resolver_hold_downs_total}.
 * Thread-safe.
 */
public final class ResolverMeters implements ResolverListener {
    private final MeterRegistry registry;

    public ResolverMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void partial(Zone zone) {
        count(Counter.builder("consul.resolver.partial.answers")
                .description("Answers of an agent that may not have all instances, although everything was tried")
                .tag("zone", zone.toString()));
    }

    @Override
    public void refreshed(Zone zone, Refresh why) {
        count(Counter.builder("consul.resolver.refreshes")
                .description("Questions to upstreams that no client waits for")
                .tag("zone", zone.toString())
                .tag("why", why.name().toLowerCase(Locale.ROOT)));
    }

    @Override
    public void heldDown(Zone zone) {
        count(Counter.builder("consul.resolver.hold.downs")
                .description("Empty answers that were not believed at once")
                .tag("zone", zone.toString()));
    }

    private void count(Counter.Builder counter) {
        counter.register(registry).increment();
    }
}
