package io.github.consulresolver.server.metrics;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.zone.Resolver;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** What is measured by looking: the cache, and the questions under way. */
public final class ServerMeters {
    private ServerMeters() {}

    /** Registers the gauges; each is read when somebody scrapes. */
    public static void bind(MeterRegistry registry, AnswerCache cache, Resolver resolver) {
        cacheGauge(registry, "entries", "Answers kept", "positive", cache, AnswerCache::size);
        cacheGauge(registry, "entries", "Answers kept", "negative", cache, AnswerCache::negativeSize);
        cacheGauge(registry, "bytes", "What the answers kept cost", "positive", cache, AnswerCache::weight);
        cacheGauge(registry, "bytes", "What the answers kept cost", "negative", cache, AnswerCache::negativeWeight);
        Gauge.builder("consul.resolver.flights", resolver, Resolver::underWay)
                .description("Questions to upstreams under way")
                .register(registry);
        FunctionCounter.builder("consul.resolver.coalesced", resolver, Resolver::coalesced)
                .description("Queries that waited for a question already under way")
                .register(registry);
    }

    private static void cacheGauge(
            MeterRegistry registry,
            String what,
            String description,
            String kind,
            AnswerCache cache,
            ToDoubleFunction<AnswerCache> value) {
        Gauge.builder("consul.resolver.cache." + what, cache, value)
                .description(description)
                .tag("kind", kind)
                .register(registry);
    }
}
