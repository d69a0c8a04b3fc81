package io.github.consulresolver.devagent;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One instance of a service, as it is registered with {@link DevAgent#register}.
 *
 * <p>Immutable: each method returns a changed copy. Without more than name and port it is what an application registers
 * with its own agent: the id is the name, the node is the agent's own, and the address is that of the node.
 *
 * <pre>{@code
 * agent.register(ServiceRegistration.of("orders", 8081).id("orders-1").address("10.0.0.7").tags("v2").weights(10, 1));
 * }</pre>
 *
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/agent/service#register-service">Consul: register service</a>
 */
public final class ServiceRegistration {
    private final String name;
    private final int port;
    private final String id;
    private final Optional<String> node;
    private final String address;
    private final List<String> tags;
    private final Map<String, String> meta;
    private final Weights weights;

    private ServiceRegistration(
            String name,
            int port,
            String id,
            Optional<String> node,
            String address,
            List<String> tags,
            Map<String, String> meta,
            Weights weights) {
        this.name = name;
        this.port = port;
        this.id = id;
        this.node = node;
        this.address = address;
        this.tags = tags;
        this.meta = meta;
        this.weights = weights;
    }

    /**
     * An instance of a service.
     *
     * @param name the service's name, which is also the id until {@link #id} sets another
     * @param port 0 (none) to 65,535
     * @return the instance, with no tags, metadata or address of its own, and weights of 1
     * @throws IllegalArgumentException if the name is empty or the port out of range
     */
    public static ServiceRegistration of(String name, int port) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a service needs a name");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
        }
        return new ServiceRegistration(name, port, name, Optional.empty(), "", List.of(), Map.of(), Weights.EQUAL);
    }

    /**
     * With this id, which tells the instances of one node apart.
     *
     * @param id the new id
     * @return the changed copy
     * @throws IllegalArgumentException if it is empty
     */
    public ServiceRegistration id(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("an id cannot be empty");
        }
        return new ServiceRegistration(name, port, id, node, address, tags, meta, weights);
    }

    /**
     * On this node instead of the agent's own.
     *
     * @param node the name of a node that is registered before the instance is
     * @return the changed copy
     */
    public ServiceRegistration node(String node) {
        return new ServiceRegistration(name, port, id, Optional.of(node), address, tags, meta, weights);
    }

    /**
     * At this address instead of the node's.
     *
     * @param address an IPv4 or IPv6 address or a host name; empty for the node's address
     * @return the changed copy
     */
    public ServiceRegistration address(String address) {
        return new ServiceRegistration(name, port, id, node, address, tags, meta, weights);
    }

    /**
     * With these tags and no others.
     *
     * @param tags of any number
     * @return the changed copy
     */
    public ServiceRegistration tags(String... tags) {
        return new ServiceRegistration(name, port, id, node, address, List.of(tags), meta, weights);
    }

    /**
     * With this entry of service metadata, besides those that are there.
     *
     * @param key a new key, or one whose value is replaced
     * @param value its value
     * @return the changed copy
     */
    public ServiceRegistration meta(String key, String value) {
        Map<String, String> more = new TreeMap<>(meta);
        more.put(key, value);
        return new ServiceRegistration(name, port, id, node, address, tags, Map.copyOf(more), weights);
    }

    /**
     * With these SRV weights (RFC 2782) instead of 1 and 1.
     *
     * @param passing while all checks pass, 1 to 65,535
     * @param warning while a check warns, 0 to 65,535
     * @return the changed copy
     * @throws IllegalArgumentException if one is out of range
     */
    public ServiceRegistration weights(int passing, int warning) {
        return new ServiceRegistration(name, port, id, node, address, tags, meta, new Weights(passing, warning));
    }

    /**
     * The id of the instance, for {@link DevAgent#setHealth} and {@link DevAgent#deregister}.
     *
     * @return the id, which is the name unless it was set
     */
    public String id() {
        return id;
    }

    String nodeOr(String ownNode) {
        return node.orElse(ownNode);
    }

    Instance instance() {
        return new Instance(id, name, tags, address, port, weights, meta, List.of(), Revision.NONE);
    }

    @Override
    public String toString() {
        return "ServiceRegistration[" + name + " " + id + " " + address + ":" + port + " " + tags + "]";
    }
}
