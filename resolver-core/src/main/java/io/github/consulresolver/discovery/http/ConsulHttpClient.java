package io.github.consulresolver.discovery.http;

import io.github.consulresolver.discovery.BalancingPolicy;
import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.Lease;
import io.github.consulresolver.discovery.LoadBalancer;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests with the JDK's HTTP client to instances of services.
 *
 * <pre>{@code
 * ConsulHttpClient client = new ConsulHttpClient(consul, HttpClient.newHttpClient());
 * client.send(HttpRequest.newBuilder(URI.create("http://orders/42")).build(), BodyHandlers.ofString());
 * }</pre>
 *
 * <p>The host of a URI is a service where the URI has no port and the host is a single label ({@code http://orders/42}, but not {@code
 * localhost}) or Consul's DNS name of a service ({@code http://v2.orders.service.consul/42}). For each request an instance is chosen by the
 * policy, and the URI is rewritten to its address and port. All other requests are sent as they are.
 *
 * <p>Where an instance cannot be reached, another one is tried, three in all, whatever the method: nobody has got the request yet (RFC 9110
 * section 9.2.2). Once it is sent nothing is repeated. An instance that cannot be reached, breaks off, or answers with 502, 503 or 504 has failed,
 * as the policy sees it.
 *
 * <p>The JDK's client sends the URI's host as {@code Host}, and checks certificates for it: that is the instance's address then. A server that goes
 * by the service's name needs one of the other adapters.
 *
 * <p>Thread-safe. It holds nothing that needs closing; resolver and client are the caller's to close.
 */
public final class ConsulHttpClient {
    private static final int MOST_TRIES = 3;

    private final ServiceHosts hosts;
    private final HttpClient http;
    private final BalancingPolicy policy;
    /** Of services that had instances, so that nobody can fill it with names he makes up. */
    private final Map<ServiceName, LoadBalancer> balancers = new ConcurrentHashMap<>();

    /**
     * A client that chooses the instance with fewer requests in flight, of two that are drawn by weight, and leaves out for a while those that
     * fail.
     *
     * @param consul finds the services
     * @param http sends the requests
     */
    public ConsulHttpClient(ServiceResolver consul, HttpClient http) {
        this(consul, http, BalancingPolicy.leastRequests().ejecting());
    }

    /**
     * A client that chooses as it is told.
     *
     * @param consul finds the services
     * @param http sends the requests
     * @param policy chooses, for each service by itself
     */
    public ConsulHttpClient(ServiceResolver consul, HttpClient http, BalancingPolicy policy) {
        this.hosts = new ServiceHosts(consul);
        this.http = Objects.requireNonNull(http, "http");
        this.policy = Objects.requireNonNull(policy, "policy");
    }

    /**
     * Sends a request and waits for the response.
     *
     * @param <T> what the body becomes
     * @param request its URI may have a service for a host
     * @param handler reads the body
     * @return the response; its request is the rewritten one
     * @throws UnknownHostException when the service has no healthy instance, or nothing can be found out of it: then its cause says why
     * @throws IOException as {@link HttpClient#send} does, when the last instance tried could not be reached, or the request went wrong
     * @throws InterruptedException as {@link HttpClient#send} does
     * @throws IllegalArgumentException when there can be no such service
     */
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        Optional<ServiceName> service = service(request);
        if (service.isEmpty()) {
            return http.send(request, handler);
        }
        Endpoints candidates = hosts.find(service.get());
        for (int tries = 1; ; tries++) {
            try (Lease lease = balancer(candidates).acquire(candidates)) {
                try {
                    HttpResponse<T> response = http.send(rewritten(request, lease), handler);
                    report(lease, response);
                    return response;
                } catch (IOException failure) {
                    lease.failed();
                    candidates = candidates.excluding(lease.instance());
                    if (!isUnreached(failure) || candidates.isEmpty() || tries == MOST_TRIES) {
                        throw failure;
                    }
                }
            }
        }
    }

    /**
     * Sends a request without waiting.
     *
     * @param <T> what the body becomes
     * @param request its URI may have a service for a host
     * @param handler reads the body
     * @return what {@link #send} would return; fails with what that would throw. Cancelling it does not end the request, the request's time-out
     *     does
     * @throws IllegalArgumentException when there can be no such service
     */
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        Optional<ServiceName> service = service(request);
        return service.isEmpty()
                ? http.sendAsync(request, handler)
                : hosts.findAsync(service.get())
                        .thenCompose(candidates -> sendAsync(candidates, request, handler, MOST_TRIES));
    }

    private <T> CompletableFuture<HttpResponse<T>> sendAsync(
            Endpoints candidates, HttpRequest request, BodyHandler<T> handler, int triesLeft) {
        Lease lease = balancer(candidates).acquire(candidates);
        return http.sendAsync(rewritten(request, lease), handler)
                .whenComplete((response, failure) -> {
                    if (failure == null) {
                        report(lease, response);
                    } else {
                        lease.failed();
                    }
                    lease.close();
                })
                .exceptionallyCompose(failure -> {
                    Endpoints others = candidates.excluding(lease.instance());
                    return isUnreached(failure) && !others.isEmpty() && triesLeft > 1
                            ? sendAsync(others, request, handler, triesLeft - 1)
                            : CompletableFuture.failedFuture(failure);
                });
    }

    private Optional<ServiceName> service(HttpRequest request) {
        String host = request.uri().getHost();
        if (host == null || request.uri().getPort() >= 0) {
            return Optional.empty();
        }
        boolean isLabel = host.indexOf('.') < 0 && host.indexOf(':') < 0 && !host.equalsIgnoreCase("localhost");
        return isLabel ? Optional.of(ServiceName.of(host)) : hosts.serviceOf(host);
    }

    private LoadBalancer balancer(Endpoints found) {
        return balancers.computeIfAbsent(found.name(), name -> new LoadBalancer(policy));
    }

    /** Not by {@code URI.resolve}: to that a path that begins with two slashes is another host. */
    private static HttpRequest rewritten(HttpRequest request, Lease lease) {
        URI uri = request.uri();
        URI instance = lease.instance().uri(uri.getScheme());
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return HttpRequest.newBuilder(request, (name, value) -> true)
                .uri(URI.create(instance + uri.getRawPath() + query))
                .build();
    }

    private static void report(Lease lease, HttpResponse<?> response) {
        int status = response.statusCode();
        if (status >= 502 && status <= 504) {
            lease.failed();
        } else {
            lease.succeeded();
        }
    }

    private static boolean isUnreached(@Nullable Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof HttpConnectTimeoutException
                || failure instanceof CompletionException && isUnreached(failure.getCause());
    }
}
