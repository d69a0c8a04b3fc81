package io.github.consulresolver.discovery.micrometer;

import io.github.consulresolver.discovery.DiscoveryListener;
import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what a resolver does. There are nine time series, or a dozen more where things go wrong, however many services there are:
 *
 * <ul>
 *   <li>{@code consul.discovery.resolve}, a timer: names that an agent was asked for, tagged with {@code outcome}: {@code fresh}, {@code
 *       empty}, {@code stale}, or why there is none: {@code timed-out}, {@code no-agent}, {@code refused}, {@code malformed}, {@code overloaded},
 *       {@code closed}
 *   <li>{@code consul.discovery.remembered}: names that were resolved without asking anybody
 *   <li>{@code consul.discovery.changes}: changes of names that are watched
 *   <li>{@code consul.discovery.watcher.failures}: what those who watch threw
 *   <li>{@code consul.discovery.agents.down}, a gauge: agents that do not answer
 * </ul>
 *
 * <p>Thread-safe. One for a resolver:
 *
 * <pre>{@code
 * ServiceResolver.builder().listener(new DiscoveryMeters(registry)).build()
 * }</pre>
 */
public final class DiscoveryMeters implements DiscoveryListener {
    private final MeterRegistry registry;
    private final Counter remembered;
    private final Counter changes;
    private final Counter watcherFailures;
    private final Timer fresh;
    private final Timer empty;
    private final Timer stale;
    private final Set<InetSocketAddress> down = ConcurrentHashMap.newKeySet();

    /**
     * One that counts from now on.
     *
     * @param registry where it counts
     */
    public DiscoveryMeters(MeterRegistry registry) {
        this.registry = registry;
        remembered = Counter.builder("consul.discovery.remembered")
                .description("Names that were resolved without asking anybody")
                .register(registry);
        changes = Counter.builder("consul.discovery.changes")
                .description("Changes of names that are watched")
                .register(registry);
        watcherFailures = Counter.builder("consul.discovery.watcher.failures")
                .description("Exceptions of those who are told of a change")
                .register(registry);
        fresh = outcome("fresh");
        empty = outcome("empty");
        stale = outcome("stale");
        // A lambda, which the gauge holds: of an object it would hold it weakly.
        Gauge.builder("consul.discovery.agents.down", () -> down.size())
                .description("Agents that do not answer DNS")
                .register(registry);
    }

    private Timer outcome(String outcome) {
        return Timer.builder("consul.discovery.resolve")
                .description("Names that an agent was asked for")
                .tag("outcome", outcome)
                .register(registry);
    }

    @Override
    public void remembered(Endpoints found) {
        remembered.increment();
    }

    @Override
    public void resolved(Endpoints found, Duration took) {
        Timer timer = found.isEmpty() ? empty : fresh;
        (found.isStale() ? stale : timer).record(took);
    }

    @Override
    public void failed(ServiceName name, ResolutionException failure, Duration took) {
        outcome(outcome(failure)).record(took);
    }

    private static String outcome(ResolutionException failure) {
        if (failure instanceof ResolutionException.TimedOut) {
            return "timed-out";
        }
        if (failure instanceof ResolutionException.NoAgent) {
            return "no-agent";
        }
        if (failure instanceof ResolutionException.Refused) {
            return "refused";
        }
        if (failure instanceof ResolutionException.Malformed) {
            return "malformed";
        }
        return failure instanceof ResolutionException.Closed ? "closed" : "overloaded";
    }

    @Override
    public void changed(Endpoints now) {
        changes.increment();
    }

    @Override
    public void watcherFailed(ServiceName name, Throwable thrown) {
        watcherFailures.increment();
    }

    @Override
    public void agentDown(InetSocketAddress agent) {
        down.add(agent);
    }

    @Override
    public void agentUp(InetSocketAddress agent) {
        down.remove(agent);
    }
}
