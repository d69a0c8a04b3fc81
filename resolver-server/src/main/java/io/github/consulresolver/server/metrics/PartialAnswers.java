package io.github.consulresolver.server.metrics;

import io.github.consulresolver.zone.ResolverListener;
import io.github.consulresolver.zone.Zone;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts answers that may not be complete, by zone: {@code consul_resolver_partial_answers_total}. Thread-safe. */
public final class PartialAnswers implements ResolverListener {
    private final MeterRegistry registry;

    public PartialAnswers(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void partial(Zone zone) {
        Counter.builder("consul.resolver.partial.answers")
                .description("Answers of an agent that may not have all instances, although everything was tried")
                .tag("zone", zone.toString())
                .register(registry)
                .increment();
    }
}
