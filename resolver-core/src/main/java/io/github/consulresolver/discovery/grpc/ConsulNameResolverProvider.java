package io.github.consulresolver.discovery.grpc;

import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Has gRPC find services for targets of the scheme {@code consul}: {@code consul:///orders}, or {@code consul:///v2.orders.service.dc2.consul}.
 *
 * <pre>{@code
 * NameResolverRegistry.getDefaultRegistry().register(new ConsulNameResolverProvider(consul)); // once, at the beginning
 * ManagedChannel channel = ManagedChannelBuilder.forTarget("consul:///orders")
 *         .defaultLoadBalancingPolicy("round_robin")
 *         .build();
 * }</pre>
 *
 * <p>A channel is told of the instances as they come and go. gRPC's own policy chooses among them; it gets them in an order by RFC 2782, and
 * weights mean nothing to it beyond that. A channel whose service cannot be found out fails calls with {@code UNAVAILABLE} and what happened, and
 * tries again; once it knows instances, it keeps those that were last known. The channel's authority is the target's name.
 *
 * <p>It is registered by hand, not found on the class path, so that it asks with the application's resolver, and does not outlive it. Immutable and
 * thread-safe.
 */
public final class ConsulNameResolverProvider extends NameResolverProvider {
    private static final String SCHEME = "consul";

    private final ServiceResolver consul;

    /**
     * A provider that asks this resolver.
     *
     * @param consul finds the services; the caller's to close, after the channels
     */
    public ConsulNameResolverProvider(ServiceResolver consul) {
        this.consul = Objects.requireNonNull(consul, "consul");
    }

    /**
     * Whether it works here.
     *
     * @return true
     */
    @Override
    protected boolean isAvailable() {
        return true;
    }

    /**
     * Its rank.
     *
     * @return less than that of gRPC's own, so that a target without a scheme remains a host of DNS
     */
    @Override
    protected int priority() {
        return 4;
    }

    /**
     * The scheme.
     *
     * @return {@code "consul"}
     */
    @Override
    public String getDefaultScheme() {
        return SCHEME;
    }

    /**
     * Makes the resolver of a channel.
     *
     * @param target what the channel is for
     * @param args the channel's
     * @return a resolver; null when the target's scheme is another
     * @throws IllegalArgumentException when there can be no such service, or the target names an agent, as {@code consul://HOST/orders} would
     */
    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
        if (!SCHEME.equals(target.getScheme())) {
            return null;
        }
        String path = target.getPath();
        if (target.getAuthority() != null || path == null || path.length() < 2) {
            throw new IllegalArgumentException("target \"" + target + "\": expected consul:///SERVICE");
        }
        String name = path.substring(1);
        ServiceName service = consul.serviceOf(name).orElseGet(() -> ServiceName.of(name));
        return new ConsulNameResolver(consul, service, name, args.getSynchronizationContext());
    }
}
