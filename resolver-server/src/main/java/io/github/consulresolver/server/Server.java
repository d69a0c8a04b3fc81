package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.SettingsPoll;
import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.server.config.AgentApi;
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
import io.github.consulresolver.zone.Coherence;
import io.github.consulresolver.zone.CoherenceListener;
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
import java.util.function.BiFunction;
import java.util.function.Consumer;
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
    private final Optional<LongPolls> polls;
    private final Optional<SettingsPoll> settings;
    private final Optional<HealthCatalog> catalog;
    private final Optional<Watching> watching;

    private Server(ServerConfig config, MeterRegistry meters, LongSupplier clock, Supplier<SplittableRandom> randoms) {
        loops = new EventLoops(config.eventLoops());
        MirroredLimits limits = new MirroredLimits(config.agentOverrides());
        polls = config.agentApi().map(api -> new LongPolls(api.address(), api.token(), api.trust()));
        Optional<AgentHttp> http = polls.map(AgentHttp::new);
        AnsweringInstances answering = new AnsweringInstances();
        catalog = http.map(agent -> new HealthCatalog(agent, answering, clock));
        ServiceCatalog services = catalog.isPresent() ? catalog.get() : ServiceCatalog.NONE;
        LoopMark mark = LoopMark.random();
        LoopGuard loopGuard = new LoopGuard(mark);
        ConfiguredZones configured =
                new ConfiguredZones(config, loops.transport(), new UpstreamMeters(meters), limits, services, mark);
        Zones zones = configured.zones();
        AnswerCache cache = new AnswerCache(config.cacheSize(), config.negativeCacheSize());
        Timer timer = Timer.on(loops::here);
        Resolver resolver = new Resolver(zones, cache, clock, timer, new ResolverMeters(meters));
        watching = polls.filter(agent -> config.watching().mode() != WatchSettings.Mode.OFF)
                .map(agent -> watching(
                        config,
                        agent,
                        answering,
                        new WatchMeters(meters),
                        (interest, listener) -> new Coherence(resolver, cache, clock, timer, interest, listener)));

        QueryCounters counters = new QueryCounters(
                meters, zones.all().stream().map(Zone::toString).toList());
        AltDomain altDomain = new AltDomain(resolver, counters, configured::ofAgent);
        Consumer<AgentSettings> instances = known -> {
            answering.learn(known);
            watching.ifPresent(watch -> watch.learn(known));
        };
        AgentMirror mirror = new AgentMirror(config, limits, altDomain, instances, resolver::forgetConsul);
        settings = http.map(agent -> new SettingsPoll(agent::settings, mirror));
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

    private static Watching watching(
            ServerConfig config,
            LongPolls polls,
            AnsweringInstances answering,
            WatchMeters meters,
            BiFunction<Consumer<String>, CoherenceListener, Coherence> coherences) {
        return new Watching(
                config.agentApi().map(AgentApi::address).orElseThrow(),
                polls,
                config.watching(),
                answering,
                meters,
                interest -> coherences.apply(interest, meters));
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
        server.polls.ifPresentOrElse(
                LongPolls::start,
                () -> log.info(
                        "The agent's HTTP API is left alone: nothing is watched, and answers live by their TTL"));
        config.agentApi()
                .filter(api -> api.address().getScheme().equals("https")
                        && !api.trust().verifies())
                .ifPresent(api -> log.warn(
                        "Nobody looks at the certificate of the agent at {}: CONSUL_HTTP_SSL_VERIFY says so",
                        api.address()));
        server.settings.ifPresent(SettingsPoll::start);
        server.watching.ifPresent(Watching::start);
        return server;
    }

    /** Where it listens; ports are the real ones. */
    public List<InetSocketAddress> listenAddresses() {
        return listeners.addresses();
    }

    /** Ends it within a second: queries that have come are answered, see {@link Listeners#close}. Closing again does nothing. */
    @Override
    public void close() {
        settings.ifPresent(SettingsPoll::close);
        watching.ifPresent(Watching::close);
        catalog.ifPresent(HealthCatalog::close);
        polls.ifPresent(LongPolls::close);
        listeners.close();
        localClients.close();
        loops.close();
    }
}
