package io.github.consulresolver.discovery;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the instances of services in Consul, with their ports, over DNS, and sees them come and go.
 *
 * <pre>{@code
 * try (ServiceResolver consul = ServiceResolver.builder().build()) {
 *     ServiceInstance one = consul.resolve("orders").pick();
 *     connect(one.address(), one.port());
 * }
 * }</pre>
 *
 * <p>One for an application is enough: it is thread-safe, and asks for a name once however many threads want it. An answer is complete,
 * whatever the number of instances. It is kept as long as the agent's TTL lets it; where the agent's HTTP API is there too, as long as it is
 * true, which that API tells within milliseconds. When no agent answers, the last answer is given, and says that it is
 * {@linkplain Endpoints#isStale stale}.
 *
 * <p>Nothing is started before the first question: then one daemon thread for DNS, and two more where there is an HTTP API. {@link #close}
 * ends them.
 *
 * <p>Immutable.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-overview">Consul: DNS</a>
 */
public final class ServiceResolver implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServiceResolver.class);

    private final Settings settings;
    private final BiFunction<Settings, AgentLog, Network> networks;
    private final Set<CompletableFuture<Endpoints>> underWay = ConcurrentHashMap.newKeySet();
    private final Object starting = new Object();
    private volatile @Nullable Engine started;
    private volatile boolean closed;

    /** @param networks called once, when it is started */
    ServiceResolver(Settings settings, BiFunction<Settings, AgentLog, Network> networks) {
        this.settings = settings;
        this.networks = networks;
    }

    /**
     * Begins a resolver.
     *
     * @return a builder with the defaults, which are those of Consul's own commands: the agent that {@code CONSUL_HTTP_ADDR} and the like in the
     *     environment name, else the one at 127.0.0.1, with its DNS at port 8600 and its HTTP API at 8500
     */
    public static Builder builder() {
        return builder(System.getenv());
    }

    static Builder builder(Map<String, String> environment) {
        return new Builder(environment);
    }

    private Engine engine(Supplier<String> dnsName) {
        Engine engine = started;
        if (closed) {
            throw new ResolutionException.Closed(dnsName.get());
        }
        return engine != null ? engine : start(dnsName);
    }

    private Engine start(Supplier<String> dnsName) {
        synchronized (starting) {
            Engine engine = started;
            if (closed) {
                throw new ResolutionException.Closed(dnsName.get());
            }
            if (engine == null) {
                engine = engine();
                started = engine;
            }
            return engine;
        }
    }

    private Engine engine() {
        if (!settings.trust().verifies()) {
            log.warn(
                    "Nobody looks at the certificate of the agent at {}: CONSUL_HTTP_SSL_VERIFY says so",
                    settings.http().map(URI::toString).orElse("-"));
        }
        AgentLog agents = new AgentLog(settings);
        Network network = networks.apply(settings, agents);
        try {
            return new Engine(settings, network, agents);
        } catch (RuntimeException | Error noSocket) {
            // Whoever asks next tries again.
            network.close();
            throw noSocket;
        }
    }

    private String dnsName(ServiceName name) {
        return new Wanted(name, settings).dnsName();
    }

    /**
     * Finds the healthy instances of a service, as {@link #resolve(ServiceName)} does.
     *
     * @param service as {@link ServiceName#of} takes it
     * @return the instances; empty when there are none
     * @throws ResolutionException when that could not be found out
     * @throws IllegalArgumentException when there can be no such service
     */
    public Endpoints resolve(String service) {
        Objects.requireNonNull(service, "service");
        Engine engine = engine(() -> dnsName(ServiceName.of(service)));
        return resolve(engine, engine.wanted(service));
    }

    /**
     * Finds the healthy instances that a name has. Waits for the agents, 4.5 s at most for each question it takes: one, and up to two more
     * for an instance whose address the agent does not tell at once. The wait is not interruptible.
     *
     * @param name whose instances are wanted
     * @return the instances; empty when there are none
     * @throws ResolutionException when that could not be found out
     * @throws IllegalArgumentException when the name is too long for DNS
     * @throws IllegalStateException when called on this resolver's own thread, which would wait for itself: that is where an executor runs what
     *     it is given on the thread that gives it
     */
    public Endpoints resolve(ServiceName name) {
        Objects.requireNonNull(name, "name");
        Engine engine = engine(() -> dnsName(name));
        return resolve(engine, engine.wanted(name));
    }

    private Endpoints resolve(Engine engine, Wanted wanted) {
        Endpoints known = engine.known(wanted);
        if (known != null) {
            settings.listener().remembered(known);
            return known;
        }
        CompletableFuture<Endpoints> found = find(engine, wanted);
        if (!found.isDone() && engine.network().isOwnThread()) {
            throw new IllegalStateException(
                    "the thread that resolves names cannot wait for one: use resolveAsync, or an executor with threads of its own");
        }
        try {
            return found.join();
        } catch (CompletionException failure) {
            throw translate(wanted, failure);
        }
    }

    /**
     * Finds the healthy instances of a service, as {@link #resolveAsync(ServiceName)} does.
     *
     * @param service as {@link ServiceName#of} takes it
     * @return what {@link #resolve(String)} would return; fails with a {@link ResolutionException}
     * @throws IllegalArgumentException when there can be no such service
     */
    public CompletableFuture<Endpoints> resolveAsync(String service) {
        return resolveAsync(ServiceName.of(service));
    }

    /**
     * Finds the healthy instances that a name has, without waiting.
     *
     * @param name whose instances are wanted
     * @return what {@link #resolve(ServiceName)} would return; fails with a {@link ResolutionException}. It is the caller's own, to cancel or
     *     complete as he likes. What could not be said at once is said by the executor
     * @throws IllegalArgumentException when the name is too long for DNS
     */
    public CompletableFuture<Endpoints> resolveAsync(ServiceName name) {
        Objects.requireNonNull(name, "name");
        CompletableFuture<Endpoints> result = new CompletableFuture<>();
        Engine engine;
        try {
            engine = engine(() -> dnsName(name));
        } catch (ResolutionException.Closed failure) {
            result.completeExceptionally(failure);
            return result;
        }
        Wanted wanted = engine.wanted(name);
        Endpoints known = engine.known(wanted);
        if (known != null) {
            settings.listener().remembered(known);
            result.complete(known);
            return result;
        }
        CompletableFuture<Endpoints> found = find(engine, wanted);
        if (found.isDone()) {
            complete(result, wanted, found);
        } else {
            found.whenComplete((endpoints, failure) -> execute(() -> complete(result, wanted, found)));
        }
        return result;
    }

    private void complete(CompletableFuture<Endpoints> result, Wanted wanted, CompletableFuture<Endpoints> found) {
        try {
            result.complete(found.join());
        } catch (CompletionException failure) {
            result.completeExceptionally(translate(wanted, failure));
        }
    }

    /** Nobody shall wait for ever, because his executor has been shut down. */
    private void execute(Runnable task) {
        try {
            settings.executor().execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Fails as {@link #translate} understands; at the latest when this is closed. */
    @SuppressWarnings("UndefinedEquals") // that very future is meant
    private CompletableFuture<Endpoints> find(Engine engine, Wanted wanted) {
        long start = engine.network().now();
        CompletableFuture<Endpoints> found = engine.lookup().find(wanted);
        found.whenComplete((endpoints, failure) -> {
            Duration took = Duration.ofNanos(engine.network().now() - start);
            if (failure == null) {
                settings.listener().resolved(endpoints, took);
            } else if (translate(wanted, failure) instanceof ResolutionException known) {
                settings.listener().failed(wanted.name(), known, took);
            }
        });
        if (found.isDone()) {
            return found;
        }
        underWay.add(found);
        found.whenComplete((endpoints, failure) -> underWay.remove(found));
        if (closed) {
            found.completeExceptionally(closed());
        }
        return found;
    }

    private RuntimeException translate(Wanted wanted, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (closed) {
            return new ResolutionException.Closed(wanted.dnsName());
        }
        return cause instanceof UpstreamException upstream
                ? ResolutionException.of(wanted.dnsName(), upstream)
                : new IllegalStateException("a defect, while " + wanted.dnsName() + " was resolved", cause);
    }

    private static UpstreamException closed() {
        return new UpstreamException(Reason.NO_UPSTREAM, "closed");
    }

    /**
     * The service that a host name stands for: for clients that know hosts only.
     *
     * @param host any host name, with or without its last dot: {@code "orders.service.consul"}
     * @return what {@link ServiceName#parse(String, String)} reads with this resolver's domain; empty where that would refuse it: the host is
     *     elsewhere, or it is a node, which has no instances
     */
    public Optional<ServiceName> serviceOf(String host) {
        return NameParser.parseIfAny(
                Objects.requireNonNull(host, "host"), settings.domain().toString());
    }

    /**
     * Watches the instances of a service, as {@link #watch(ServiceName, Consumer)} does.
     *
     * @param service as {@link ServiceName#of} takes it
     * @param watcher is told
     * @return the watch, which is the caller's to close
     * @throws ResolutionException.Closed when this is closed
     * @throws IllegalArgumentException when there can be no such service
     */
    public Watch watch(String service, Consumer<? super Endpoints> watcher) {
        return watch(ServiceName.of(service), watcher);
    }

    /**
     * Watches the instances of a name. The watcher is told the instances that there are, as soon as they are known, and from then on each time that they
     * are others: another order, another TTL, or the same once more are no change, and neither is that they are stale. He is told by the
     * executor, never twice at the same time; when he takes long he is told the last of what has changed meanwhile. What he throws is logged and
     * counted, and he is told of the next change all the same. Where nobody can say which instances there are, he is told nothing: the last ones
     * stay.
     *
     * <p>Where the agent's HTTP API can be watched, a change is told milliseconds after the agent has it; elsewhere, and for names that find no place
     * among the {@link Builder#watches watches}, within a second more than the TTL.
     *
     * @param name whose instances are watched
     * @param watcher is told
     * @return the watch, which is the caller's to close; {@link #close} ends it, too
     * @throws ResolutionException.Closed when this is closed
     * @throws IllegalArgumentException when the name is too long for DNS
     */
    public Watch watch(ServiceName name, Consumer<? super Endpoints> watcher) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(watcher, "watcher");
        Engine engine = engine(() -> dnsName(name));
        Consumer<Endpoints> contained = endpoints -> {
            try {
                watcher.accept(endpoints);
            } catch (Throwable thrown) {
                watcherFailed(name, thrown);
            }
        };
        Mailbox mailbox = new Mailbox(settings.executor(), contained, Mailbox.UNBOUNDED);
        Watch watch = new Watch(engine.wanted(name), mailbox, () -> {}, engine.observations()::remove);
        if (!engine.observations().add(watch)) {
            throw new ResolutionException.Closed(watch.wanted().dnsName());
        }
        return watch;
    }

    private void watcherFailed(ServiceName name, Throwable thrown) {
        log.warn("Who watches {} was told of a change, and threw", name, thrown);
        settings.listener().watcherFailed(name, thrown);
    }

    /**
     * Publishes the instances of a name: each subscriber watches them as {@link #watch(ServiceName, Consumer)} has it, and is told the last of what
     * he has not seen when he requests one more. It completes when this resolver is closed, and fails only for who subscribes after that
     * ({@link ResolutionException.Closed}), or requests less than one.
     *
     * @param name whose instances are watched
     * @return a publisher for any number of subscribers
     * @throws IllegalArgumentException when the name is too long for DNS
     */
    public Flow.Publisher<Endpoints> publisher(ServiceName name) {
        String dnsName = dnsName(Objects.requireNonNull(name, "name"));
        return subscriber -> {
            Objects.requireNonNull(subscriber, "subscriber");
            WatchSubscription subscription =
                    new WatchSubscription(subscriber, settings.executor(), thrown -> watcherFailed(name, thrown));
            subscriber.onSubscribe(subscription);
            try {
                Engine engine = engine(() -> dnsName);
                Watch watch = new Watch(
                        engine.wanted(name),
                        subscription.mailbox(),
                        subscriber::onComplete,
                        engine.observations()::remove);
                if (!engine.observations().add(watch)) {
                    throw new ResolutionException.Closed(dnsName);
                }
                subscription.from(watch);
            } catch (ResolutionException.Closed failure) {
                subscription.mailbox().end(() -> subscriber.onError(failure));
            }
        };
    }

    /**
     * Ends the resolver: its threads, its connections, its watches, and every question under way, which fails as
     * {@link ResolutionException.Closed}. Returns when they have nothing left to do, within a second. A second call does nothing.
     */
    @Override
    public void close() {
        Engine engine;
        synchronized (starting) {
            closed = true;
            engine = started;
        }
        underWay.forEach(found -> found.completeExceptionally(closed()));
        if (engine != null) {
            engine.close();
        }
    }

    /** What a {@link ServiceResolver} is made from. Not thread-safe. */
    public static final class Builder {
        /** RFC 8767 section 4 recommends a cap of one to three days. Only hosts outside Consul's domain come with so much. */
        private static final Duration LONGEST_TTL = Duration.ofDays(1);

        private final Environment environment;
        private Optional<List<InetSocketAddress>> agents = Optional.empty();
        private Optional<URI> http = Optional.empty();
        private boolean noHttp;
        private Optional<AgentToken> token = Optional.empty();
        private DomainName domain = DomainName.of("consul");
        private Optional<String> datacenter = Optional.empty();
        private Duration ttlFloor = Duration.ZERO;
        private Duration ttlCap = LONGEST_TTL;
        private Duration staleFor = Duration.ofHours(1);
        private int watches = 8;
        private Executor executor = new CompletableFuture<Void>().defaultExecutor();
        private DiscoveryListener listener = DiscoveryListener.NONE;

        private Builder(Map<String, String> variables) {
            environment = new Environment(variables);
        }

        /**
         * Sets the agents that are asked, the next one when one fails. They must know the same: agents of one datacenter. A Consul Resolver is as
         * good as an agent. With agents of one's own choice {@link #http} is one's own choice, too: unless it is called, there is none.
         *
         * @param agents {@code ADDRESS:PORT} of their DNS servers, in the order in which they are asked; ADDRESS is {@code localhost} or a
         *     literal address, one of IPv6 in brackets
         * @return this
         * @throws IllegalArgumentException when there is none, or one is written otherwise
         */
        public Builder agents(String... agents) {
            if (agents.length == 0) {
                throw new IllegalArgumentException("no agent");
            }
            this.agents = Optional.of(Stream.of(agents)
                    .map(agent -> AgentAddress.parse(Objects.requireNonNull(agent, "agent")))
                    .toList());
            return this;
        }

        /**
         * Sets where the HTTP API of an agent is: of the first of the {@link #agents}, or of one that knows the same. It tells when something
         * changes, and the instances of services that are too large for DNS. All goes on without it, as the TTLs allow.
         *
         * @param address as {@code CONSUL_HTTP_ADDR} has it: {@code ADDRESS:PORT}, {@code http://ADDRESS:PORT}, {@code https://ADDRESS:PORT}
         *     or {@code unix:///PATH}; ADDRESS as in {@link #agents}
         * @return this
         * @throws IllegalArgumentException when it is written otherwise
         */
        public Builder http(String address) {
            http = Optional.of(AgentAddress.http(Objects.requireNonNull(address, "address"), false));
            noHttp = false;
            return this;
        }

        /**
         * Leaves the agent's HTTP API alone.
         *
         * @return this
         */
        public Builder withoutHttp() {
            http = Optional.empty();
            noHttp = true;
            return this;
        }

        /**
         * Sets who knows the token for the HTTP API. It needs {@code service:read} and {@code node:read}. By default it is the one in {@code
         * CONSUL_HTTP_TOKEN_FILE} or {@code CONSUL_HTTP_TOKEN}, and otherwise the agent's anonymous one. For DNS the agent has a token of its own.
         *
         * @param supplier asked for each connection, on the thread that speaks to the agent, so it must not block; blank for none. The token is neither
         *     logged nor kept
         * @return this
         */
        public Builder token(Supplier<String> supplier) {
            token = Optional.of(AgentToken.from(Objects.requireNonNull(supplier, "supplier")));
            return this;
        }

        /**
         * Sets the domain of Consul's names, which is {@code domain} in the agents' configuration.
         *
         * @param domain for example {@code "consul"}, with or without the last dot
         * @return this
         * @throws IllegalArgumentException when it is no domain name, or the root
         */
        public Builder domain(String domain) {
            DomainName name = DomainName.of(Objects.requireNonNull(domain, "domain"));
            if (name.equals(DomainName.ROOT)) {
                throw new IllegalArgumentException("domain \"" + domain + "\": Consul cannot have the root");
            }
            this.domain = name;
            return this;
        }

        /**
         * Sets the datacenter of names that have none. By default it is the agent's own.
         *
         * @param datacenter as {@link ServiceName#datacenter(String)} takes it
         * @return this
         * @throws IllegalArgumentException when DNS or Consul cannot carry it
         */
        public Builder datacenter(String datacenter) {
            this.datacenter = ServiceName.of("any").datacenter(datacenter).datacenter();
            return this;
        }

        /**
         * Sets bounds for the agents' TTLs. Consul's default is 0: each question goes to an agent, unless its HTTP API tells of changes, so that the
         * answer is kept until there is one. By default TTLs are as the agents say, and a day at most.
         *
         * @param floor the least; parts of a second are rounded up
         * @param cap the most, 1 s or more, a day or less; parts of a second are rounded up
         * @return this
         * @throws IllegalArgumentException when one is out of its range, or the floor is above the cap
         */
        public Builder ttl(Duration floor, Duration cap) {
            if (floor.isNegative() || floor.compareTo(cap) > 0 || seconds(cap) < 1 || cap.compareTo(LONGEST_TTL) > 0) {
                throw new IllegalArgumentException("ttl floor " + floor + ", cap " + cap
                        + ": expected 0 <= floor <= cap, and a cap from PT1S to PT24H");
            }
            ttlFloor = floor;
            ttlCap = cap;
            return this;
        }

        /**
         * Sets for how long after its TTL an answer is given while no agent answers anything. By default it is an hour. While agents answer other questions,
         * it is a minute at most.
         *
         * @param longest zero for not at all, a week or less
         * @return this
         * @throws IllegalArgumentException when it is out of that range
         */
        public Builder staleFor(Duration longest) {
            if (longest.isNegative() || longest.compareTo(Duration.ofDays(7)) > 0) {
                throw new IllegalArgumentException("staleFor " + longest + ": expected PT0S to PT168H");
            }
            staleFor = longest;
            return this;
        }

        /**
         * Sets how many services are watched at the same time by a connection of their own: those that are asked for most. An agent takes 200
         * connections from a host in all. A few more connections (6) are for what all names share. By default it is 8.
         *
         * @param most 0 for none at all, up to 100
         * @return this
         * @throws IllegalArgumentException when it is out of that range
         */
        public Builder watches(int most) {
            if (most < 0 || most > 100) {
                throw new IllegalArgumentException("watches " + most + ": expected 0 to 100");
            }
            watches = most;
            return this;
        }

        /**
         * Sets who calls those who watch, and completes the futures that could not be completed at once. By default it is the JDK's common pool.
         *
         * @param executor what it is given may block as long as it does not mind. One that runs a task on the thread that gives it holds up all
         *     questions meanwhile
         * @return this
         */
        public Builder executor(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Sets who hears what the resolver does.
         *
         * @param listener for example one that counts
         * @return this
         */
        public Builder listener(DiscoveryListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Makes the resolver. Nobody is asked yet.
         *
         * @return a resolver that is the caller's to close
         * @throws IllegalArgumentException when {@code CONSUL_HTTP_ADDR} is to tell where the agent is, and cannot be understood, or when the
         *     agent speaks HTTPS and only one of {@code CONSUL_CLIENT_CERT} and {@code CONSUL_CLIENT_KEY} is set
         */
        public ServiceResolver build() {
            return new ServiceResolver(settings(), (settings, agents) -> new NettyNetwork(settings.agents(), agents));
        }

        Settings settings() {
            Optional<URI> api = isHttpOfEnvironment() ? Optional.of(environment.http()) : http;
            return new Settings(
                    agents.orElseGet(environment::agents),
                    api,
                    token.orElseGet(environment::token),
                    api.filter(address -> address.getScheme().equals("https")).isPresent()
                            ? environment.trust()
                            : AgentTrust.OF_JVM,
                    domain,
                    datacenter,
                    seconds(ttlFloor),
                    seconds(ttlCap),
                    staleFor,
                    watches,
                    executor,
                    listener);
        }

        private boolean isHttpOfEnvironment() {
            return !noHttp && http.isEmpty() && agents.isEmpty();
        }

        private static int seconds(Duration ttl) {
            return (int) ttl.plusNanos(TimeUnit.SECONDS.toNanos(1) - 1).toSeconds();
        }
    }
}
