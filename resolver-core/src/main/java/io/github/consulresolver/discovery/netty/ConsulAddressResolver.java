package io.github.consulresolver.discovery.netty;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Tells services from hosts, for one event loop. */
final class ConsulAddressResolver extends AbstractAddressResolver<InetSocketAddress> {
    private final ServiceHosts hosts;
    private final AddressResolver<InetSocketAddress> others;

    ConsulAddressResolver(EventExecutor executor, ServiceHosts hosts, AddressResolver<InetSocketAddress> others) {
        super(executor, InetSocketAddress.class);
        this.hosts = hosts;
        this.others = others;
    }

    @Override
    protected boolean doIsResolved(InetSocketAddress address) {
        return !address.isUnresolved();
    }

    @Override
    protected void doResolve(InetSocketAddress address, Promise<InetSocketAddress> promise) {
        hosts.serviceOf(address.getHostString())
                .ifPresentOrElse(
                        service -> find(service, found -> found.pick().socketAddress(), promise),
                        () -> others.resolve(address, promise));
    }

    @Override
    protected void doResolveAll(InetSocketAddress address, Promise<List<InetSocketAddress>> promise) {
        hosts.serviceOf(address.getHostString())
                .ifPresentOrElse(
                        service -> find(service, ConsulAddressResolver::all, promise),
                        () -> others.resolveAll(address, promise));
    }

    private static List<InetSocketAddress> all(Endpoints found) {
        return found.shuffled().stream().map(ServiceInstance::socketAddress).toList();
    }

    /** A promise that was cancelled meanwhile is left alone. */
    private <T> void find(ServiceName service, Function<Endpoints, T> wanted, Promise<T> promise) {
        hosts.findAsync(service).thenApply(wanted).whenComplete((found, failure) -> {
            if (failure == null) {
                promise.trySuccess(found);
            } else {
                promise.tryFailure(
                        failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure);
            }
        });
    }
}
