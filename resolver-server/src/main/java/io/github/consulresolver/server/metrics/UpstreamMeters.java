package io.github.consulresolver.server.metrics;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Measures the upstreams, by server and protocol: {@code consul_resolver_upstream_latency_seconds}, {@code
 * consul_resolver_upstream_failures_total{reason}}, {@code consul_resolver_upstream_dropped_total}. Thread-safe.
 */
public final class UpstreamMeters implements UpstreamListener {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(1000),
        Duration.ofMillis(4500)
    };

    private final MeterRegistry registry;

    public UpstreamMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void answered(InetSocketAddress server, Protocol protocol, long nanos, int rcode) {
        Timer.builder("consul.resolver.upstream.latency")
                .description("Time from a question to an upstream until its answer")
                .serviceLevelObjectives(BUCKETS)
                .tags(tags(server, protocol))
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void failed(InetSocketAddress server, Protocol protocol, Reason reason) {
        Counter.builder("consul.resolver.upstream.failures")
                .description("Questions to an upstream that had no answer")
                .tags(tags(server, protocol).and("reason", reason.name().toLowerCase(Locale.ROOT)))
                .register(registry)
                .increment();
    }

    @Override
    public void dropped(InetSocketAddress server, Protocol protocol) {
        Counter.builder("consul.resolver.upstream.dropped")
                .description("Replies of an upstream that answered something else, or could not be read")
                .tags(tags(server, protocol))
                .register(registry)
                .increment();
    }

    private static Tags tags(InetSocketAddress server, Protocol protocol) {
        return Tags.of(
                "server",
                server.getAddress().getHostAddress() + ":" + server.getPort(),
                "proto",
                protocol.name().toLowerCase(Locale.ROOT));
    }
}
