package io.github.consulresolver.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;

/**
 * One instance of a service: where it is, and how much of the load it takes (RFC 2782).
 *
 * <p>Immutable. Two are equal when all of this is equal.
 */
public final class ServiceInstance {
    private final String service;
    private final String host;
    private final InetAddress address;
    private final int port;
    private final int priority;
    private final int weight;

    ServiceInstance(String service, InetAddress address, SrvRecord record) {
        this.service = service;
        this.host = record.host();
        this.address = address;
        this.port = record.port();
        this.priority = record.priority();
        this.weight = record.weight();
    }

    /**
     * The service.
     *
     * @return its name, as {@link ServiceName#service} has it
     */
    public String service() {
        return service;
    }

    /**
     * The name of the host.
     *
     * @return the SRV record's target, without its last dot: {@code "node-1.node.dc1.consul"}
     */
    public String host() {
        return host;
    }

    /**
     * The address of the host.
     *
     * @return the first one that the agent tells. It carries {@link #host} as its name, so asking it for that needs no DNS
     */
    public InetAddress address() {
        return address;
    }

    /**
     * The port.
     *
     * @return 1 to 65,535
     */
    public int port() {
        return port;
    }

    /**
     * Address and port, as the JDK's channels and most clients take them.
     *
     * @return a resolved socket address; it carries {@link #host} as its host name, and is made anew with each call
     */
    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(address, port);
    }

    /**
     * Where the instance is, as a URI with its literal address, so that nobody asks DNS again.
     *
     * <pre>{@code
     * URI order = instance.uri("http").resolve("/orders/42"); // http://10.0.0.1:8080/orders/42
     * URI secure = instance.uri("https");                     // https://[fd00::1]:8443
     * }</pre>
     *
     * <p>For TLS and virtual hosts the name that the server is known by is another matter: it is the service's, not the host's.
     *
     * @param scheme for example {@code "http"}
     * @return a URI of scheme, address (one of IPv6 in brackets) and port, without a path
     * @throws IllegalArgumentException when it is no scheme (RFC 3986 section 3.1)
     */
    public URI uri(String scheme) {
        try {
            return new URI(
                    Objects.requireNonNull(scheme, "scheme"), null, address.getHostAddress(), port, null, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("scheme " + Labels.quoted(scheme) + ": " + e.getReason(), e);
        }
    }

    /**
     * The priority.
     *
     * @return 0 to 65,535; the lowest is used first. Consul's is always 1
     */
    public int priority() {
        return priority;
    }

    /**
     * The weight: its share of the load, among the instances of its priority.
     *
     * @return 0 to 65,535; Consul's default is 1
     */
    public int weight() {
        return weight;
    }

    /** Whether the same process listens there: its priority and weight may change while it does. */
    boolean isSamePlace(ServiceInstance other) {
        return port == other.port && address.equals(other.address);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ServiceInstance instance
                && port == instance.port
                && priority == instance.priority
                && weight == instance.weight
                && address.equals(instance.address)
                && host.equals(instance.host)
                && service.equals(instance.service);
    }

    @Override
    public int hashCode() {
        return Objects.hash(service, host, address, port, priority, weight);
    }

    /**
     * The instance for a log.
     *
     * @return for example {@code "orders at 10.0.0.1:8080 (node-1.node.dc1.consul), priority 1, weight 10"}
     */
    @Override
    public String toString() {
        String literal = address.getHostAddress();
        return service + " at " + (literal.indexOf(':') < 0 ? literal : "[" + literal + "]") + ":" + port + " (" + host
                + "), priority " + priority + ", weight " + weight;
    }
}
