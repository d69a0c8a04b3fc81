package io.github.consulresolver.devagent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * A Consul agent in memory, for tests and demonstrations: it answers over DNS (UDP and TCP) and HTTP as a Consul 1.20
 * agent in development mode does, starts in milliseconds, and forgets everything when closed.
 *
 * <pre>{@code
 * try (DevAgent agent = DevAgent.start()) {
 *     RegisteredInstance orders = agent.register("orders", "10.0.0.7", 8081);
 *     ask(agent.dnsAddress(), "orders.service.consul");
 *     orders.fail(); // gone from DNS, and who watches it over HTTP is told
 * }
 * }</pre>
 *
 * <p>Over DNS: services (with tag, datacenter, or by RFC 2782), nodes, {@code addr} names, SOA, NS and reverse names,
 * with Consul's order, health filter, limits (3 answers over UDP without EDNS) and negative answers. Over HTTP:
 * registering and checks ({@code /v1/agent}), and the catalogue and health of services with blocking queries
 * ({@code /v1/catalog}, {@code /v1/health}). A filter there may be one comparison of a text.
 *
 * <p>What it has not: prepared queries, service mesh, access control lists, tagged addresses, recursors, other
 * datacenters. TTL checks never run out. HTTP, TCP, gRPC and script checks are not run, they pass until a call to
 * {@code /v1/agent/check/fail/} says otherwise.
 *
 * <p>JUnit tests use it as {@link io.github.consulresolver.devagent.junit.FakeAgent}.
 *
 * <p>It runs on daemon threads of its own, a bounded number of them, and opens no connection. Thread-safe.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static DNS lookups</a>
 * @see <a href="https://developer.hashicorp.com/consul/api-docs">Consul: HTTP API</a>
 */
public class DevAgent implements AutoCloseable {
    static final String VERSION = "1.20.6";
    static final String ADDRESS = "127.0.0.1";
    static final String SERVER = "consul";
    static final int SERVER_PORT = 8300;

    private static final Check SERF = new Check(
            "serfHealth", "Serf Health Status", Health.PASSING, "", "Agent alive and reachable", "", Revision.NONE);

    private final Settings settings;
    private final boolean demonstration;
    private final Catalog catalog = new Catalog();
    private final Gate gate = new Gate();
    private final InetSocketAddress dnsAddress;
    private final InetSocketAddress httpAddress;
    private DnsServer dns;
    private HttpApi http;
    private boolean open = true;

    /**
     * Starts an agent.
     *
     * @param builder how it is to be
     * @throws UncheckedIOException if an address cannot be bound; the message says which
     */
    protected DevAgent(Builder builder) {
        settings = builder.settings();
        demonstration = builder.demonstration;
        fill();
        dns = startDns(builder.dns);
        dnsAddress = dns.address();
        try {
            http = startHttp(builder.http);
        } catch (UncheckedIOException failure) {
            dns.close();
            throw failure;
        }
        httpAddress = http.address();
    }

    private DnsServer startDns(InetSocketAddress address) {
        try {
            return DnsServer.start(address, new DnsResponder(new Answers(settings, catalog)), gate);
        } catch (IOException failure) {
            throw cannot("DNS", address, failure);
        }
    }

    private HttpApi startHttp(InetSocketAddress address) {
        List<Route> routes = Stream.concat(
                        new AgentRoutes(settings, catalog, dnsAddress).routes().stream(),
                        new CatalogRoutes(settings, catalog).routes().stream())
                .toList();
        try {
            return HttpApi.start(address, catalog, settings.datacenter(), gate, routes);
        } catch (IOException failure) {
            throw cannot("HTTP", address, failure);
        }
    }

    private static UncheckedIOException cannot(String what, InetSocketAddress address, IOException failure) {
        String message = "cannot answer " + what + " at " + address + ": " + failure.getMessage();
        return new UncheckedIOException(message, failure);
    }

    /** With what there is in the beginning. Every Consul server is a node of the catalogue, with the service {@code consul}. */
    private void fill() {
        Map<String, String> meta = new TreeMap<>(Map.of("consul-network-segment", "", "consul-version", VERSION));
        catalog.putNode(Node.of(settings.nodeName(), ADDRESS, meta).checks(List.of(SERF)));
        catalog.putInstance(
                settings.nodeName(), ServiceRegistration.of(SERVER, SERVER_PORT).instance());
        if (demonstration) {
            Demonstration.nodes().forEach(catalog::putNode);
            for (ServiceRegistration service : Demonstration.services()) {
                put(service);
                // With a check, so that the HTTP API can fail it.
                setHealth(service.id(), Health.PASSING);
            }
        }
    }

    /**
     * Starts an agent on free ports of 127.0.0.1, with no services but {@code consul} itself.
     *
     * @return the agent, which answers already
     * @throws UncheckedIOException if the loopback address cannot be bound
     */
    public static DevAgent start() {
        return builder().start();
    }

    /**
     * An agent that is not as {@link #start()} makes it.
     *
     * @return a builder that so far would make just that one
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Where it answers DNS, on UDP and on TCP.
     *
     * @return the bound address; its port is never 0
     */
    public final InetSocketAddress dnsAddress() {
        return dnsAddress;
    }

    /**
     * The same as a text.
     *
     * @return for example {@code 127.0.0.1:8600}
     */
    public final String dns() {
        return text(dnsAddress);
    }

    /**
     * Where it answers HTTP.
     *
     * @return the bound address; its port is never 0
     */
    public final InetSocketAddress httpAddress() {
        return httpAddress;
    }

    /**
     * The same as a text.
     *
     * @return for example {@code 127.0.0.1:8500}
     */
    public final String http() {
        return text(httpAddress);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * The HTTP address as {@code CONSUL_HTTP_ADDR} takes it.
     *
     * @return a URI without a path, as {@code http://127.0.0.1:8500}
     */
    public final URI httpUri() {
        return URI.create("http://" + http());
    }

    /**
     * Registers an instance of a service on the agent's own node. It is healthy, unless it was there before and was not.
     *
     * @param service the service's name
     * @param host an IPv4 or IPv6 address or a host name; empty for the node's address
     * @param port 0 (none) to 65,535
     * @param tags of any number
     * @return the instance, to fail and to go
     * @throws IllegalArgumentException if the name is empty or the port out of range
     */
    public final RegisteredInstance register(String service, String host, int port, String... tags) {
        return register(ServiceRegistration.of(service, port)
                .id(service + "-" + host + "-" + port)
                .address(host)
                .tags(tags));
    }

    /**
     * Registers an instance of a service, or replaces the one on the same node that has the same id. It is healthy,
     * unless it was there before and was not.
     *
     * @param registration the instance
     * @return the instance, to fail and to go
     * @throws IllegalArgumentException if its node is not registered
     */
    public final RegisteredInstance register(ServiceRegistration registration) {
        put(registration);
        return new RegisteredInstance(this, registration.id());
    }

    private void put(ServiceRegistration registration) {
        catalog.putInstance(registration.nodeOr(settings.nodeName()), registration.instance());
    }

    /**
     * Removes the instance with this id: from the agent's own node if that has one, else from another that has.
     *
     * @param serviceId the id, which is not the name of the service
     * @return whether there was one
     */
    public final boolean deregister(String serviceId) {
        return catalog.nodeOfInstance(serviceId, settings.nodeName())
                .map(node -> catalog.removeInstance(node, serviceId))
                .orElse(false);
    }

    /**
     * Sets the health of an instance, through the check {@code service:<id>}, which it gets if it has none. A critical
     * one is left out of DNS answers.
     *
     * @param serviceId the id, which is not the name of the service
     * @param health the new health
     * @throws IllegalArgumentException if there is no instance with this id
     */
    public final void setHealth(String serviceId, Health health) {
        String node = catalog.nodeOfInstance(serviceId, settings.nodeName())
                .orElseThrow(() -> new IllegalArgumentException("no service has the id \"" + serviceId + "\""));
        String checkId = "service:" + serviceId;
        catalog.editChecks(node, serviceId, checks -> {
            Check check = Checks.find(checks, checkId)
                    .orElse(new Check(checkId, "Service health", health, "", "", "ttl", Revision.NONE));
            return Checks.with(checks, check.report(health, check.output()));
        });
    }

    /**
     * Registers a node besides the agent's own, or gives it this address.
     *
     * @param name as in {@code <name>.node.consul}; case is kept, but does not tell nodes apart
     * @param address an IPv4 or IPv6 address or host name
     * @throws IllegalArgumentException if one of them is empty
     */
    public final void registerNode(String name, String address) {
        if (name.isEmpty() || address.isEmpty()) {
            throw new IllegalArgumentException("a node needs a name and an address");
        }
        catalog.putNode(Node.of(name, address, Map.of()));
    }

    /**
     * Removes a node with all of its instances.
     *
     * @param name its name, in any case
     * @return whether it was there
     * @throws IllegalArgumentException for the agent's own node
     */
    public final boolean deregisterNode(String name) {
        if (name.equalsIgnoreCase(settings.nodeName())) {
            throw new IllegalArgumentException("\"" + name + "\" is the agent's own node");
        }
        return catalog.removeNode(name);
    }

    /** Answers nothing any more, over DNS and HTTP, and breaks no connection, as an agent that hangs. A second call does nothing. */
    public final void pause() {
        gate.shut();
    }

    /** Answers again, first what it was asked meanwhile. Does nothing when it is not paused. */
    public final void resume() {
        gate.open();
    }

    /** Ends all connections; at its addresses nobody listens until it is {@linkplain #restart restarted}. It forgets nothing. */
    public final synchronized void stop() {
        if (open) {
            open = false;
            http.close();
            dns.close();
        }
    }

    /**
     * Ends all connections if there are any, and answers again at the same addresses. It forgets nothing, and is not paused.
     *
     * @throws UncheckedIOException if somebody else has taken an address meanwhile; the message says which
     */
    public final synchronized void restart() {
        stop();
        resume();
        dns = startDns(dnsAddress);
        try {
            http = startHttp(httpAddress);
        } catch (UncheckedIOException failure) {
            dns.close();
            throw failure;
        }
        open = true;
    }

    /**
     * Is as it was when it started: it has the services it had, answers, and answers at its addresses. Who watches is told. Its index does not go
     * back.
     *
     * @throws UncheckedIOException if it was stopped, and somebody else has taken an address meanwhile; the message says which
     */
    public final synchronized void reset() {
        String own = settings.nodeName();
        catalog.nodes().stream()
                .map(Node::name)
                .filter(name -> !name.equalsIgnoreCase(own))
                .forEach(catalog::removeNode);
        catalog.instancesOn(own).stream()
                .filter(instance -> !instance.id().equals(SERVER))
                .forEach(instance -> catalog.removeInstance(own, instance.id()));
        catalog.editNodeChecks(own, checks -> List.of(SERF));
        fill();
        resume();
        if (!open) {
            restart();
        }
    }

    /** Ends all connections and threads, blocked queries included. A second call does nothing. */
    @Override
    public final void close() {
        stop();
    }

    /** How an agent is to be. Not thread-safe; may start any number of agents. */
    public static final class Builder {
        private InetSocketAddress dns = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        private InetSocketAddress http = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        private Name domain = Name.fromConstantString("consul.");
        private String datacenter = "dc1";
        private String nodeName = "dev";
        private Duration nodeTtl = Duration.ZERO;
        private final Map<String, Duration> serviceTtls = new TreeMap<>();
        private boolean demonstration;

        private Builder() {}

        /**
         * Answers DNS at this address instead of a free port of 127.0.0.1.
         *
         * @param address with port 0 for any that is free on both UDP and TCP
         * @return this builder
         */
        public Builder dns(InetSocketAddress address) {
            this.dns = address;
            return this;
        }

        /**
         * Answers HTTP at this address instead of a free port of 127.0.0.1.
         *
         * @param address with port 0 for any that is free
         * @return this builder
         */
        public Builder http(InetSocketAddress address) {
            this.http = address;
            return this;
        }

        /**
         * The DNS domain instead of {@code consul}.
         *
         * @param domain a domain name, with or without the dot at its end
         * @return this builder
         * @throws IllegalArgumentException if it is not a domain name, or the root
         */
        public Builder domain(String domain) {
            try {
                this.domain = Name.fromString(domain, Name.root);
            } catch (TextParseException malformed) {
                throw new IllegalArgumentException("\"" + domain + "\" is not a domain name", malformed);
            }
            if (this.domain.equals(Name.root)) {
                throw new IllegalArgumentException("the root cannot be Consul's domain");
            }
            return this;
        }

        /**
         * The datacenter instead of {@code dc1}.
         *
         * @param datacenter a DNS label
         * @return this builder
         * @throws IllegalArgumentException if it has other characters than letters, digits, {@code -} and {@code _}
         */
        public Builder datacenter(String datacenter) {
            if (!datacenter.matches("[A-Za-z0-9_-]{1,63}")) {
                throw new IllegalArgumentException("\"" + datacenter + "\" is not a datacenter name");
            }
            this.datacenter = datacenter;
            return this;
        }

        /**
         * The name of the agent's own node instead of {@code dev}.
         *
         * @param nodeName as in {@code <name>.node.consul}
         * @return this builder
         * @throws IllegalArgumentException if it is empty
         */
        public Builder nodeName(String nodeName) {
            if (nodeName.isEmpty()) {
                throw new IllegalArgumentException("a node needs a name");
            }
            this.nodeName = nodeName;
            return this;
        }

        /**
         * The TTL of nodes in DNS instead of 0, as {@code dns_config.node_ttl}.
         *
         * @param ttl of which fractions of a second are cut off
         * @return this builder
         * @throws IllegalArgumentException if it is negative or longer than 68 years (RFC 2181, section 8)
         */
        public Builder nodeTtl(Duration ttl) {
            this.nodeTtl = checked(ttl);
            return this;
        }

        /**
         * The TTL of services in DNS instead of 0, as an entry of {@code dns_config.service_ttl}.
         *
         * @param pattern a name in lower case, a prefix with {@code *} after it, or {@code *}; an exact name goes
         *     before a prefix, a longer prefix before a shorter
         * @param ttl of which fractions of a second are cut off
         * @return this builder
         * @throws IllegalArgumentException if it is negative or longer than 68 years (RFC 2181, section 8)
         */
        public Builder serviceTtl(String pattern, Duration ttl) {
            serviceTtls.put(pattern, checked(ttl));
            return this;
        }

        /**
         * With services to play with: {@code web} (three instances, tags), {@code orders} (three instances, a port and
         * weight each), {@code db} (tags {@code primary} and {@code replica}, each on a node of its own),
         * {@code search} (IPv6). The addresses are those kept for documentation (RFC 5737, RFC 3849): nobody answers
         * there.
         *
         * @return this builder
         */
        public Builder withDemonstrationServices() {
            this.demonstration = true;
            return this;
        }

        /**
         * Starts an agent.
         *
         * @return the agent, which answers already
         * @throws UncheckedIOException if an address cannot be bound; the message says which
         */
        public DevAgent start() {
            return new DevAgent(this);
        }

        Settings settings() {
            return new Settings(domain, datacenter, nodeName, nodeTtl, Map.copyOf(serviceTtls));
        }

        private static Duration checked(Duration ttl) {
            if (ttl.isNegative() || ttl.toSeconds() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("TTL " + ttl + " is not within 0 and " + Integer.MAX_VALUE + " s");
            }
            return ttl;
        }
    }
}
