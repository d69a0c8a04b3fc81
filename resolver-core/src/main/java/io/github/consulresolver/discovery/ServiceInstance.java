package io.github.consulresolver.discovery;

import java.net.InetAddress;
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
     * @return 1 to 65,535; 0 when the instance is registered without one
     */
    public int port() {
        return port;
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
