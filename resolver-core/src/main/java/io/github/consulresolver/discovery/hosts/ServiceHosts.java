package io.github.consulresolver.discovery.hosts;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Finds services for whoever takes them for hosts: one that has no instance, or of which nothing can be found out, is an unknown host, which is
 * what such a client expects and handles. Thread-safe.
 */
public final class ServiceHosts {
    private final ServiceResolver consul;

    /** @param consul the caller's to close */
    public ServiceHosts(ServiceResolver consul) {
        this.consul = Objects.requireNonNull(consul, "consul");
    }

    /** The service that a host name stands for, as {@link ServiceResolver#serviceOf} says. */
    public Optional<ServiceName> serviceOf(String host) {
        return consul.serviceOf(host);
    }

    /**
     * Finds the instances of a service.
     *
     * @return one or more
     * @throws UnknownHostException when there are none, or that could not be found out: then its cause says why
     */
    public Endpoints find(ServiceName service) throws UnknownHostException {
        Endpoints found;
        try {
            found = consul.resolve(service);
        } catch (ResolutionException failure) {
            throw unknown(failure);
        }
        if (found.isEmpty()) {
            throw empty(service);
        }
        return found;
    }

    /**
     * Finds the instances of a service, without waiting.
     *
     * @return what {@link #find} would return; fails with what that would throw
     */
    public CompletableFuture<Endpoints> findAsync(ServiceName service) {
        return consul.resolveAsync(service).handle((found, failure) -> {
            if (failure != null) {
                throw new CompletionException(unknown(failure));
            }
            if (found.isEmpty()) {
                throw new CompletionException(empty(service));
            }
            return found;
        });
    }

    private static UnknownHostException unknown(Throwable failure) {
        UnknownHostException unknown = new UnknownHostException(failure.getMessage());
        unknown.initCause(failure);
        return unknown;
    }

    private static UnknownHostException empty(ServiceName service) {
        return new UnknownHostException(service + " has no healthy instance");
    }
}
