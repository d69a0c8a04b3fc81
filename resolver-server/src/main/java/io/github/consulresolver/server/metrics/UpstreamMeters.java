package io.github.consulresolver.server.metrics;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures the upstreams, by server and protocol: {@code consul_resolver_upstream_latency_seconds}, {@code
 * consul_resolver_upstream_failures_total{reason}}, {@code consul_resolver_upstream_dropped_total}; and by server alone: {@code
 * consul_resolver_upstream_up}, {@code _hedges_total}, {@code _retries_total}, {@code _reused_total}. Thread-safe.
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

    private static final int DOWN = 0;
    private static final int UP = 1;

    private final MeterRegistry registry;
    private final Map<InetSocketAddress, Timer> overUdp = new ConcurrentHashMap<>();
    private final Map<InetSocketAddress, Timer> overTcp = new ConcurrentHashMap<>();
    private final Map<InetSocketAddress, AtomicInteger> up = new ConcurrentHashMap<>();

    public UpstreamMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void answered(InetSocketAddress server, Protocol protocol, long nanos, int rcode) {
        (protocol == Protocol.UDP ? overUdp : overTcp)
                .computeIfAbsent(server, first -> latency(first, protocol))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** To look one up costs more than all else of an answer does. */
    private Timer latency(InetSocketAddress server, Protocol protocol) {
        return Timer.builder("consul.resolver.upstream.latency")
                .description("Time from a question to an upstream until its answer")
                .serviceLevelObjectives(BUCKETS)
                .tags(tags(server, protocol))
                .register(registry);
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

    @Override
    public void down(InetSocketAddress server) {
        health(server, DOWN);
    }

    @Override
    public void up(InetSocketAddress server) {
        health(server, UP);
    }

    private void health(InetSocketAddress server, int value) {
        up.computeIfAbsent(server, first -> {
                    AtomicInteger health = new AtomicInteger(value);
                    Gauge.builder("consul.resolver.upstream.up", health, AtomicInteger::get)
                            .description("Whether an upstream that has failed answers again")
                            .tags(tags(first))
                            .register(registry);
                    return health;
                })
                .set(value);
    }

    @Override
    public void hedged(InetSocketAddress server) {
        count(server, "hedges", "Questions to an upstream beside another one, which took longer than usual");
    }

    @Override
    public void retried(InetSocketAddress server) {
        count(server, "retries", "Questions to an upstream that had been asked before, without an answer");
    }

    @Override
    public void reused(InetSocketAddress server) {
        count(server, "reused", "Questions to an upstream over a TCP connection that was there already");
    }

    private void count(InetSocketAddress server, String what, String description) {
        Counter.builder("consul.resolver.upstream." + what)
                .description(description)
                .tags(tags(server))
                .register(registry)
                .increment();
    }

    private static Tags tags(InetSocketAddress server) {
        return Tags.of("server", server.getAddress().getHostAddress() + ":" + server.getPort());
    }

    private static Tags tags(InetSocketAddress server, Protocol protocol) {
        return tags(server).and("proto", protocol.name().toLowerCase(Locale.ROOT));
    }
}
