package io.github.consulresolver.discovery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.catalog.KnownAgent;
import io.github.consulresolver.catalog.WatchPlan;
import io.github.consulresolver.catalog.WatchingListener;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.zone.BoundedTtls;
import io.github.consulresolver.zone.ConsulSettings;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.ResolverListener;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.StalePolicy;
import io.github.consulresolver.zone.TtlOverrides;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rooms of a resolver, put together as the server's are: cache, zones and upstreams, and the agent's HTTP API where there is one. Running
 * from the beginning until it is closed. Thread-safe.
 */
final class Engine implements AutoCloseable {
    private static final long MAX_CACHE_BYTES = 64L << 20;
    private static final long MAX_NEGATIVE_CACHE_BYTES = 1L << 20;

    /** Names are few, but somebody may make them up. */
    private static final int MOST_NAMES = 10_000;

    /** What else is known past its time while the agent answers others (see {@link StalePolicy#CONSUL}). */
    private static final Duration SHORT_STALE = Duration.ofMinutes(1);

    private final Settings settings;
    private final Network network;
    private final Optional<KnownAgent> agent;
    private final Lookup lookup;
    private final Observations observations;
    private final Cache<ServiceName, Wanted> names = names();
    private final Cache<String, Wanted> services = names();

    Engine(Settings settings, Network network, AgentLog log) {
        this.settings = settings;
        this.network = network;
        agent = settings.http()
                .map(address -> new KnownAgent(address, settings.token(), settings.trust(), network::now));
        AnswerCache cache = new AnswerCache(MAX_CACHE_BYTES, MAX_NEGATIVE_CACHE_BYTES);
        Resolver resolver = new Resolver(zones(), cache, network::now, network.timer(), new ResolverListener() {
            @Override
            public void kept(Question question, CachedAnswer answer) {
                observations.kept(question, answer);
            }

            @Override
            public void partial(Zone zone) {
                log.partial();
            }
        });
        lookup = new Lookup(cache, resolver, network::now);
        observations = new Observations(lookup, network.timer(), settings.listener()::changed);
        agent.ifPresent(known -> {
            if (settings.watches() > 0) {
                WatchPlan plan = new WatchPlan(
                        settings.watches(), false, settings.agents().size() == 1);
                known.watch(plan, resolver, cache, network::now, network.timer(), new WatchingListener() {
                    @Override
                    public void tailBegins() {
                        observations.verify();
                    }
                });
            }
            known.start(log);
        });
    }

    private static <K> Cache<K, Wanted> names() {
        return Caffeine.newBuilder()
                .maximumSize(MOST_NAMES)
                .executor(Runnable::run)
                .build();
    }

    private Zones zones() {
        Upstream agents = new BoundedTtls(network.agents(), settings.ttlFloor(), settings.ttlCap());
        ServiceCatalog catalog = agent.map(KnownAgent::catalog).orElse(ServiceCatalog.NONE);
        ConsulSettings consul = new ConsulSettings(settings.domain(), TtlOverrides.NONE, () -> 0, catalog);
        Duration stale = settings.staleFor();
        Zone home = Zone.consul(settings.domain(), agents, consul)
                .with(StalePolicy.CONSUL.with(stale.compareTo(SHORT_STALE) < 0 ? stale : SHORT_STALE, stale, 1));
        // An instance may be registered with a host name of elsewhere: that, too, the agent knows or finds out.
        Zone elsewhere = Zone.recursive(DomainName.ROOT, agents, settings.ttlCap());
        return new Zones(List.of(agent.isPresent() ? home.watched() : home, elsewhere));
    }

    /** @throws IllegalArgumentException when the name is too long for DNS */
    Wanted wanted(ServiceName name) {
        Wanted known = names.getIfPresent(name);
        if (known != null) {
            return known;
        }
        Wanted made = new Wanted(name, settings);
        names.put(name, made);
        return made;
    }

    /** @throws IllegalArgumentException when there can be no such service */
    Wanted wanted(String service) {
        Wanted known = services.getIfPresent(service);
        if (known != null) {
            return known;
        }
        Wanted made = wanted(ServiceName.of(service));
        services.put(service, made);
        return made;
    }

    /** What can be told at once, without looking closer; null when there is more to do. */
    @Nullable
    Endpoints known(Wanted wanted) {
        return lookup.known(wanted);
    }

    Lookup lookup() {
        return lookup;
    }

    Observations observations() {
        return observations;
    }

    Network network() {
        return network;
    }

    /** Ends it: its threads, its connections, and those who watch. */
    @Override
    public void close() {
        observations.end();
        agent.ifPresent(KnownAgent::close);
        network.close();
    }
}
