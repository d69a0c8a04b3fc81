package io.github.consulresolver.jdk;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceName;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells services from hosts. It never comes back to itself: agents are known by their addresses, and what the library looks up over DNS goes
 * by its own sockets. Thread-safe.
 */
final class ConsulAddressResolver implements InetAddressResolver {
    private final ServiceHosts hosts;
    private final InetAddressResolver builtin;

    ConsulAddressResolver(ServiceHosts hosts, InetAddressResolver builtin) {
        this.hosts = hosts;
        this.builtin = builtin;
    }

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
        Optional<ServiceName> service = hosts.serviceOf(host);
        return service.isEmpty() ? builtin.lookupByName(host, policy) : addresses(host, find(service.get()), policy);
    }

    private Endpoints find(ServiceName service) throws UnknownHostException {
        try {
            return hosts.find(service);
        } catch (IllegalStateException failure) {
            // Say, a log appender that looks for its server by Consul, on the very thread that would have to find it.
            UnknownHostException unknown = new UnknownHostException(service + ": " + failure.getMessage());
            unknown.initCause(failure);
            throw unknown;
        }
    }

    /** Each address once, in the order in which instances are to be tried, by the name that was looked up. */
    private static Stream<InetAddress> addresses(String host, Endpoints found, LookupPolicy policy)
            throws UnknownHostException {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        for (ServiceInstance instance : found.shuffled()) {
            if (has(policy, isV4(instance.address()) ? LookupPolicy.IPV4 : LookupPolicy.IPV6)) {
                addresses.add(InetAddress.getByAddress(host, instance.address().getAddress()));
            }
        }
        if (addresses.isEmpty()) {
            throw new UnknownHostException(
                    found.name() + " has no instance of the family of addresses that is asked for");
        }
        Comparator<InetAddress> v6First = Comparator.comparing(ConsulAddressResolver::isV4);
        if (has(policy, LookupPolicy.IPV6_FIRST)) {
            return addresses.stream().sorted(v6First);
        }
        return has(policy, LookupPolicy.IPV4_FIRST)
                ? addresses.stream().sorted(v6First.reversed())
                : addresses.stream();
    }

    private static boolean has(LookupPolicy policy, int characteristic) {
        return (policy.characteristics() & characteristic) != 0;
    }

    private static boolean isV4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
        return builtin.lookupByAddress(address);
    }
}
