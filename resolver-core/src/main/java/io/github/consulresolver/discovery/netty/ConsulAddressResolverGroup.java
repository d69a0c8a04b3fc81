package io.github.consulresolver.discovery.netty;

import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * Has clients that are made with Netty (a {@code Bootstrap}, Reactor Netty, Lettuce) connect to an instance of a service where they are given the
 * service's DNS name: {@code http://orders.service.consul/}.
 *
 * <pre>{@code
 * Bootstrap bootstrap = new Bootstrap().resolver(new ConsulAddressResolverGroup(consul));
 * }</pre>
 *
 * <p>Address and port are the instance's, whatever port was asked for: a client of HTTP always asks for one, be it 80, so that it cannot be told
 * from one that is wanted. One instance is drawn as {@link io.github.consulresolver.discovery.Endpoints#pick} does; who asks for all addresses gets
 * all instances, in an order by RFC 2782.
 *
 * <p>A service without a healthy instance, or of which nothing can be found out, fails with an {@link java.net.UnknownHostException}; its cause, if
 * it has one, says more. No event loop is ever blocked for a service; other hosts are up to the other group: by default the JDK's resolver, which
 * blocks.
 *
 * <p>Thread-safe. {@link #close} closes neither the {@link ServiceResolver} nor the other group.
 */
public final class ConsulAddressResolverGroup extends AddressResolverGroup<InetSocketAddress> {
    private final ServiceHosts hosts;
    private final AddressResolverGroup<InetSocketAddress> others;

    /**
     * One that leaves other hosts to the JDK.
     *
     * @param consul finds the services; the caller's to close
     */
    public ConsulAddressResolverGroup(ServiceResolver consul) {
        this(consul, DefaultAddressResolverGroup.INSTANCE);
    }

    /**
     * One that leaves other hosts to another group.
     *
     * @param consul finds the services; the caller's to close
     * @param others finds hosts that are no {@linkplain ServiceResolver#serviceOf services}; the caller's to close
     */
    public ConsulAddressResolverGroup(ServiceResolver consul, AddressResolverGroup<InetSocketAddress> others) {
        this.hosts = new ServiceHosts(consul);
        this.others = Objects.requireNonNull(others, "others");
    }

    /**
     * Makes the resolver of an event loop.
     *
     * @param executor the event loop
     * @return a resolver that tells its listeners on it
     */
    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new ConsulAddressResolver(executor, hosts, others.getResolver(executor));
    }
}
