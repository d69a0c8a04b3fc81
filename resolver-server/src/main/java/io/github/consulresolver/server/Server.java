package io.github.consulresolver.server;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.catalog.KnownAgent;
import io.github.consulresolver.catalog.WatchPlan;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.config.WatchSettings;
import io.github.consulresolver.server.listen.AccessRule;
import io.github.consulresolver.server.listen.ConnectionLimit;
import io.github.consulresolver.server.listen.EventLoops;
import io.github.consulresolver.server.listen.Listeners;
import io.github.consulresolver.server.listen.LocalClients;
import io.github.consulresolver.server.listen.LoopGuard;
import io.github.consulresolver.server.listen.QueryHandler;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.server.metrics.ResolverMeters;
import io.github.consulresolver.server.metrics.ServerMeters;
import io.github.consulresolver.server.metrics.UpstreamMeters;
import io.github.consulresolver.server.metrics.WatchMeters;
import io.github.consulresolver.server.reply.ReplyWriter;
import io.github.consulresolver.upstream.LoopMark;
import io.github.consulresolver.watch.Watches;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.Timer;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server, put together from its rooms. Thread-safe. */
public final class Server implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    private final EventLoops loops;
    private final Listeners listeners;
    private final LocalClients localClients;
    private final Optional<KnownAgent> agent;
    private final AgentMirror mirror;

    private Server(ServerConfig config, MeterRegistry meters, LongSupplier clock, Supplier<SplittableRandom> randoms) {
        loops = new EventLoops(config.eventLoops());
        MirroredLimits limits = new MirroredLimits(config.agentOverrides());
        agent = config.agentApi().map(api -> new KnownAgent(api.address(), api.token(), api.trust(), clock));
        ServiceCatalog services = agent.map(KnownAgent::catalog).orElse(ServiceCatalog.NONE);
        LoopMark mark = LoopMark.random();
        LoopGuard loopGuard = new LoopGuard(mark);
        ConfiguredZones configured =
                new ConfiguredZones(config, loops.transport(), new UpstreamMeters(meters), limits, services, mark);
        Zones zones = configured.zones();
        AnswerCache cache = new AnswerCache(config.cacheSize(), config.negativeCacheSize());
        Timer timer = Timer.on(loops::here);
        Resolver resolver = new Resolver(zones, cache, clock, timer, new ResolverMeters(meters));
        agent.filter(known -> config.watching().mode() != WatchSettings.Mode.OFF)
                .ifPresent(known ->
                        watch(known, config.watching(), resolver, cache, clock, timer, new WatchMeters(meters)));

        QueryCounters counters = new QueryCounters(
                meters, zones.all().stream().map(Zone::toString).toList());
        AltDomain altDomain = new AltDomain(resolver, counters, configured::ofAgent);
        mirror = new AgentMirror(config, limits, altDomain, resolver::forgetConsul);
        Function<Executor, QueryHandler> newHandler = loop -> {
            ReplyWriter writer = new ReplyWriter(limits, config.udpSize(), config.tcpIdleTimeout(), randoms.get());
            return new QueryHandler(cache, resolver, writer, counters, clock, loop, loopGuard);
        };
        ConnectionLimit limit = new ConnectionLimit(config.maxTcpConnections(), config.maxTcpConnectionsPerClient());
        localClients = new LocalClients();
        listeners = new Listeners(loops, newHandler, access(config), limit, config.tcpIdleTimeout());
        ServerMeters.bind(meters, cache, resolver);
        bind(meters, mirror, limit, loopGuard);
    }

    private static void bind(MeterRegistry meters, AgentMirror mirror, ConnectionLimit limit, LoopGuard loopGuard) {
        Gauge.builder("consul.resolver.agent.settings.known", mirror, known -> known.isKnown() ? 1 : 0)
                .description("Whether the agent's own settings could be read")
                .register(meters);
        Gauge.builder("consul.resolver.tcp.connections", limit, ConnectionLimit::open)
                .description("TCP connections of clients")
                .register(meters);
        FunctionCounter.builder("consul.resolver.tcp.replaced", limit, ConnectionLimit::replaced)
                .description("Idle TCP connections ended to make room for others")
                .register(meters);
        FunctionCounter.builder("consul.resolver.loops", loopGuard, LoopGuard::caught)
                .description("Questions to recursors that came back to this server")
                .register(meters);
        FunctionCounter.builder("consul.resolver.tcp.refused", limit, ConnectionLimit::refused)
                .description("TCP connections closed at once because there were too many, none of them idle")
                .register(meters);
    }

    private static void watch(
            KnownAgent agent,
            WatchSettings settings,
            Resolver resolver,
            AnswerCache cache,
            LongSupplier clock,
            Timer timer,
            WatchMeters meters) {
        WatchPlan plan = new WatchPlan(settings.watches(), settings.mode() == WatchSettings.Mode.ON, true);
        Watches<?, ?> watches = agent.watch(plan, resolver, cache, clock, timer, meters);
        meters.count(watches::states);
        meters.countTail(watches::signals, watches::tailCovered, watches::tailWaiting);
    }

    /** Who may ask: whom the configuration names, and always this host. */
    private Function<InetAddress, AccessRule> access(ServerConfig config) {
        return listen -> config.allow().isEmpty()
                ? localClients.of(listen)
                : client -> localClients.isThisHost(client)
                        || config.allow().stream().anyMatch(range -> range.contains(client));
    }

    /**
     * Starts it: afterwards it answers.
     *
     * @param meters where it counts
     * @throws StartException when an address cannot be listened on; nothing is left open
     */
    public static Server start(ServerConfig config, MeterRegistry meters) throws StartException {
        return start(config, meters, System::nanoTime, SplittableRandom::new);
    }

    /**
     * The same with the time and the chance of a test.
     *
     * @param clock the time, in nanoseconds
     * @param randoms called once for each event loop
     */
    static Server start(
            ServerConfig config, MeterRegistry meters, LongSupplier clock, Supplier<SplittableRandom> randoms)
            throws StartException {
        Server server = new Server(config, meters, clock, randoms);
        for (InetSocketAddress address : config.listen()) {
            try {
                server.listeners.open(address);
            } catch (IOException e) {
                server.close();
                throw StartException.cannotListen(address, e);
            }
        }
        server.agent.ifPresentOrElse(
                known -> known.start(server.mirror),
                () -> log.info(
                        "The agent's HTTP API is left alone: nothing is watched, and answers live by their TTL"));
        config.agentApi()
                .filter(api -> api.address().getScheme().equals("https")
                        && !api.trust().verifies())
                .ifPresent(api -> log.warn(
                        "Nobody looks at the certificate of the agent at {}: CONSUL_HTTP_SSL_VERIFY says so",
                        api.address()));
        return server;
    }

    /** Where it listens; ports are the real ones. */
    public List<InetSocketAddress> listenAddresses() {
        return listeners.addresses();
    }

    /** Ends it within a second: queries that have come are answered, see {@link Listeners#close}. Closing again does nothing. */
    @Override
    public void close() {
        agent.ifPresent(KnownAgent::close);
        listeners.close();
        localClients.close();
        loops.close();
    }
}
