package io.github.consulresolver.discovery.grpc;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.Watch;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells a channel of a service's instances: as the watch hears of them, and when the channel asks. Like gRPC's own, it does everything in the channel's
 * synchronization context, one after the other.
 */
final class ConsulNameResolver extends NameResolver {
    private final ServiceResolver consul;
    private final ServiceName service;
    private final String authority;
    private final SynchronizationContext context;
    private @Nullable Listener2 listener;
    private @Nullable Watch watch;

    ConsulNameResolver(ServiceResolver consul, ServiceName service, String authority, SynchronizationContext context) {
        this.consul = consul;
        this.service = service;
        this.authority = authority;
        this.context = context;
    }

    @Override
    public String getServiceAuthority() {
        return authority;
    }

    @Override
    public void start(Listener2 channel) {
        listener = channel;
        try {
            watch = consul.watch(service, now -> context.execute(this::tell));
        } catch (ResolutionException.Closed closed) {
            fail(closed);
            return;
        }
        refresh();
    }

    /** A watch says nothing while nobody can say anything. The channel wants to know that, so it is asked for, too. */
    @Override
    public void refresh() {
        consul.resolveAsync(service)
                .whenComplete((found, failure) -> context.execute(() -> {
                    if (failure != null && latest().isEmpty()) {
                        fail(failure);
                    } else if (found != null) {
                        tell(latest().orElse(found));
                    }
                }));
    }

    @Override
    public void shutdown() {
        listener = null;
        if (watch != null) {
            watch.close();
        }
    }

    private Optional<Endpoints> latest() {
        return watch == null ? Optional.empty() : watch.latest();
    }

    /** What the watch has heard last: it may have been told of more than one change meanwhile, and of the last one first. */
    private void tell() {
        latest().ifPresent(this::tell);
    }

    private void tell(Endpoints now) {
        if (listener == null) {
            return;
        }
        List<EquivalentAddressGroup> addresses = now.shuffled().stream()
                .map(instance -> new EquivalentAddressGroup(instance.socketAddress()))
                .toList();
        listener.onResult(ResolutionResult.newBuilder()
                .setAddressesOrError(StatusOr.fromValue(addresses))
                .build());
    }

    private void fail(Throwable failure) {
        if (listener != null) {
            listener.onError(
                    Status.UNAVAILABLE.withDescription(failure.getMessage()).withCause(failure));
        }
    }
}
