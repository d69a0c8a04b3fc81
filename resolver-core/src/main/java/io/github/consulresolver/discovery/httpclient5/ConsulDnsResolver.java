package io.github.consulresolver.discovery.httpclient5;

import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * Has Apache HttpClient 5 connect to an instance of a service where a URI has the service's DNS name: {@code
 * http://orders.service.consul/}. The instances come in an order by RFC 2782, so that HttpClient tries another one where the first cannot be
 * reached. The request's {@code Host}, and the name that a certificate is checked for, stay the service's.
 *
 * <pre>{@code
 * PoolingHttpClientConnectionManagerBuilder.create().setDnsResolver(new ConsulDnsResolver(consul)).build()
 * }</pre>
 *
 * <p>With HttpClient 5.6 or newer the port is the instance's, whatever port the URI has; older versions cannot be told a port.
 *
 * <p>A service without a healthy instance, or of which nothing can be found out, is an {@link UnknownHostException}; its cause, if it has one, says
 * more. HttpClient asks when it opens a connection, and keeps that as it is told to: instances that come get their share as connections end.
 *
 * <p>Immutable and thread-safe.
 */
public final class ConsulDnsResolver implements DnsResolver {
    private final ServiceHosts hosts;
    private final DnsResolver others;

    /**
     * One that leaves other hosts to the system.
     *
     * @param consul finds the services; the caller's to close
     */
    public ConsulDnsResolver(ServiceResolver consul) {
        this(consul, SystemDefaultDnsResolver.INSTANCE);
    }

    /**
     * One that leaves other hosts to another resolver.
     *
     * @param consul finds the services; the caller's to close
     * @param others finds hosts that are no {@linkplain ServiceResolver#serviceOf services}
     */
    public ConsulDnsResolver(ServiceResolver consul, DnsResolver others) {
        this.hosts = new ServiceHosts(consul);
        this.others = Objects.requireNonNull(others, "others");
    }

    /**
     * Finds address and port.
     *
     * @param host the name of a service, or of any host
     * @param port the port of a host; a service's instances have their own
     * @return one for each instance, or what the other resolver finds
     * @throws UnknownHostException when there is none, or that could not be found out
     */
    @Override
    public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
        Optional<ServiceName> service = hosts.serviceOf(host);
        return service.isEmpty()
                ? others.resolve(host, port)
                : hosts.find(service.get()).shuffled().stream()
                        .map(ServiceInstance::socketAddress)
                        .toList();
    }

    /**
     * Finds the address alone.
     *
     * @param host the name of a service, or of any host
     * @return the addresses of the instances, each once, or what the other resolver finds
     * @throws UnknownHostException when there is none, or that could not be found out
     */
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        Optional<ServiceName> service = hosts.serviceOf(host);
        return service.isEmpty()
                ? others.resolve(host)
                : hosts.find(service.get()).shuffled().stream()
                        .map(ServiceInstance::address)
                        .distinct()
                        .toArray(InetAddress[]::new);
    }

    /**
     * The canonical name of a host.
     *
     * @param host the name of a service, or of any host
     * @return of a service the name itself, for its instances have no other in common; else what the other resolver finds
     * @throws UnknownHostException when that could not be found out
     */
    @Override
    public String resolveCanonicalHostname(String host) throws UnknownHostException {
        return hosts.serviceOf(host).isPresent() ? host : others.resolveCanonicalHostname(host);
    }
}
