package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.upstream.AgentGroup;
import io.github.consulresolver.upstream.Transport;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Timer;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Finds the instances of services in Consul, with their ports, over DNS.
 *
 * <pre>{@code
 * try (ServiceResolver consul = ServiceResolver.builder().agents("127.0.0.1:8600").build()) {
 *     ServiceInstance one = consul.resolve("orders").pick();
 *     connect(one.address(), one.port());
 * }
 * }</pre>
 *
 * <p>One for an application is enough: it is thread-safe, keeps answers as long as the agent's TTL lets it, and asks for a name once
 * however many threads want it. An answer is complete, whatever the number of instances. With the first question it starts one daemon
 * thread, which {@link #close} ends.
 *
 * <p>Immutable.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-overview">Consul: DNS</a>
 */
public final class ServiceResolver implements AutoCloseable {
    private static final long MAX_CACHE_BYTES = 16L << 20;
    private static final long MAX_NEGATIVE_CACHE_BYTES = 1L << 20;

    /** RFC 8767 section 4 recommends a cap of one to three days. Only hosts outside Consul's domain come with TTLs of their own. */
    private static final int MAX_TTL = (int) TimeUnit.DAYS.toSeconds(1);

    private final String domain;
    private final EventLoopGroup loops;
    private final Lookup lookup;
    private final Set<CompletableFuture<Endpoints>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private ServiceResolver(Builder builder) {
        domain = builder.domain.toString();
        loops = loops();
        Transport transport = new Transport(loops, NioDatagramChannel::new, NioSocketChannel::new);
        AgentGroup agents = new AgentGroup(builder.agents, transport, UpstreamListener.NONE);
        // An instance may be registered with a host name of elsewhere: that, too, the agent knows or finds out.
        Zones zones = new Zones(
                List.of(Zone.consul(builder.domain, agents), Zone.recursive(DomainName.ROOT, agents, MAX_TTL)));
        AnswerCache cache = new AnswerCache(MAX_CACHE_BYTES, MAX_NEGATIVE_CACHE_BYTES);
        lookup = new Lookup(
                cache, new Resolver(zones, cache, System::nanoTime, Timer.on(() -> loops)), System::nanoTime);
    }

    /** Netty 4.2 has another class for this and deprecates this one, which is the one that 4.1 has, too. Its thread starts when needed. */
    @SuppressWarnings("deprecation")
    private static EventLoopGroup loops() {
        return new NioEventLoopGroup(1, new DefaultThreadFactory("consul-resolver", true));
    }

    /**
     * Begins a resolver.
     *
     * @return a builder with the defaults: the agent at 127.0.0.1:8600, the domain {@code consul}
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Finds the healthy instances of a service in the agent's datacenter, as {@link #resolve(ServiceName)} does.
     *
     * @param service as {@link ServiceName#of} takes it
     * @return the instances; empty when there are none
     * @throws ResolutionException when that could not be found out
     * @throws IllegalArgumentException when there can be no such service
     */
    public Endpoints resolve(String service) {
        return resolve(ServiceName.of(service));
    }

    /**
     * Finds the healthy instances that a name has. Waits for the agents, 4.5 s at most for each question it takes: one, and up to two more
     * for an instance whose address the agent does not tell at once. The wait is not interruptible.
     *
     * @param name whose instances are wanted
     * @return the instances; empty when there are none
     * @throws ResolutionException when that could not be found out
     * @throws IllegalArgumentException when the name is too long for DNS
     * @throws IllegalStateException when called by a continuation of {@link #resolveAsync} on this resolver's own thread, which would wait
     *     for itself
     */
    public Endpoints resolve(ServiceName name) {
        String dnsName = name.toDnsName(domain);
        CompletableFuture<Endpoints> found = find(name, dnsName);
        if (!found.isDone() && isOwnThread()) {
            throw new IllegalStateException(
                    "the thread that resolves names cannot wait for one: use resolveAsync, or continue with an executor");
        }
        try {
            return found.join();
        } catch (CompletionException failure) {
            throw translate(dnsName, failure);
        }
    }

    /**
     * Finds the healthy instances of a service in the agent's datacenter, as {@link #resolveAsync(ServiceName)} does.
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
     *     complete as he likes. It completes on this resolver's thread, which no continuation may hold up: give those that wait or compute an
     *     executor
     * @throws IllegalArgumentException when the name is too long for DNS
     */
    public CompletableFuture<Endpoints> resolveAsync(ServiceName name) {
        String dnsName = name.toDnsName(domain);
        CompletableFuture<Endpoints> result = new CompletableFuture<>();
        find(name, dnsName).whenComplete((endpoints, failure) -> {
            if (failure == null) {
                result.complete(endpoints);
            } else {
                result.completeExceptionally(translate(dnsName, failure));
            }
        });
        return result;
    }

    /** Fails as {@link #translate} understands; at the latest when this is closed. */
    @SuppressWarnings("UndefinedEquals") // that very future is meant
    private CompletableFuture<Endpoints> find(ServiceName name, String dnsName) {
        if (closed) {
            return CompletableFuture.failedFuture(closed());
        }
        CompletableFuture<Endpoints> found = lookup.find(name, dnsName);
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

    private RuntimeException translate(String dnsName, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (closed) {
            return new ResolutionException.Closed(dnsName);
        }
        return cause instanceof UpstreamException upstream
                ? ResolutionException.of(dnsName, upstream)
                : new IllegalStateException("a defect, while " + dnsName + " was resolved", cause);
    }

    private static UpstreamException closed() {
        return new UpstreamException(Reason.NO_UPSTREAM, "closed");
    }

    private boolean isOwnThread() {
        return loops.next().inEventLoop();
    }

    /**
     * Ends the resolver: its thread, its sockets, and every question under way, which fails as {@link ResolutionException.Closed}. Returns when
     * the thread has nothing left to do, within a second. A second call does nothing.
     */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(found -> found.completeExceptionally(closed()));
        Future<?> ended = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        if (!isOwnThread()) {
            ended.awaitUninterruptibly();
        }
    }

    /** What a {@link ServiceResolver} is made from. Not thread-safe. */
    public static final class Builder {
        private List<InetSocketAddress> agents = List.of(AgentAddress.parse("127.0.0.1:8600"));
        private DomainName domain = DomainName.of("consul");

        private Builder() {}

        /**
         * Sets the agents that are asked, the next one when one fails. They must know the same: agents of one datacenter.
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
            this.agents = Stream.of(agents).map(AgentAddress::parse).toList();
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
         * Makes the resolver. Nobody is asked yet.
         *
         * @return a resolver that is the caller's to close
         */
        public ServiceResolver build() {
            return new ServiceResolver(this);
        }
    }
}
