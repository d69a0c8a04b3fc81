package io.github.consulresolver.server;

import io.github.consulresolver.server.admin.AdminServer;
import io.github.consulresolver.server.admin.Health;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.recursors.LastGoodList;
import io.github.consulresolver.server.recursors.OwnAddresses;
import io.github.consulresolver.server.recursors.RecursorDiscovery;
import io.github.consulresolver.server.recursors.Recursors;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server with what belongs to it on a node: recursors that are found, metrics, the admin door. Thread-safe. */
public final class RunningServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RunningServer.class);

    private final ServerConfig config;
    private final Recursors recursors;
    private final Server server;
    private final Optional<AdminServer> admin;
    private final ScheduledExecutorService sweep;

    private RunningServer(
            ServerConfig config,
            Recursors recursors,
            Server server,
            Optional<AdminServer> admin,
            ScheduledExecutorService sweep) {
        this.config = config;
        this.recursors = recursors;
        this.server = server;
        this.admin = admin;
        this.sweep = sweep;
    }

    /**
     * Starts everything; recursors are looked for on this host where none is configured. What DNS can do without (the admin
     * door, recursors) is a warning when it is missing.
     *
     * @throws StartException when an address cannot be listened on, or the cache would not fit into the heap; nothing is left open
     */
    public static RunningServer start(ServerConfig config) throws StartException {
        HeapRoom.check(config, Runtime.getRuntime().maxMemory());
        Recursors recursors = recursors(config);
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Server server = Server.start(config.withRecursors(recursors.addresses()), meters);
        if (recursors.addresses().isEmpty()) {
            log.warn(
                    "No recursors: names outside {} get SERVFAIL, because nobody on this host names a DNS server"
                            + " other than this one. Name one with --recursor",
                    config.domain());
        }
        Health health = new Health(
                server.listenAddresses().stream().map(HostPort::format).toList(),
                HostPort.format(config.consul()),
                recursors.addresses().stream().map(HostPort::format).toList());
        HeapSweep sweep = new HeapSweep(HeapSweep.Heap.ofThisProcess(), () -> queries(meters));
        return new RunningServer(config, recursors, server, admin(config, health, meters), sweep.start());
    }

    private static long queries(MeterRegistry meters) {
        return (long) meters.find("consul.resolver.queries").functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .sum();
    }

    private static Recursors recursors(ServerConfig config) {
        OwnAddresses own = OwnAddresses.ofThisHost(config.listen());
        Recursors named = new Recursors(config.recursors(), "the configuration");
        Recursors usable = named.without(own);
        if (!usable.equals(named)) {
            log.warn(
                    "Among the recursors that are configured is this server itself, which is left out. Asked are: {}",
                    usable);
        }
        return usable.addresses().isEmpty()
                ? new RecursorDiscovery(Path.of("/"), own, new LastGoodList(config.stateDir())).discover()
                : usable;
    }

    /** Where questions are answered; ports are the real ones. */
    public List<InetSocketAddress> listenAddresses() {
        return server.listenAddresses();
    }

    /** Who is asked for all other names. */
    public Recursors recursors() {
        return recursors;
    }

    /** Where health and metrics are, or empty when they are nowhere. */
    public Optional<InetSocketAddress> adminAddress() {
        return admin.map(AdminServer::address);
    }

    /** Keeps the recursors that were found for a day on which nobody names any; a warning where that cannot be. */
    public void keepRecursors() {
        if (!config.recursors().containsAll(recursors.addresses())) {
            new LastGoodList(config.stateDir()).keep(recursors.addresses()).ifPresent(log::warn);
        }
    }

    /** Ends it within a second: queries that have come are answered; metrics can be read until then. */
    @Override
    public void close() {
        sweep.shutdownNow();
        server.close();
        admin.ifPresent(AdminServer::close);
    }

    private static Optional<AdminServer> admin(ServerConfig config, Health health, PrometheusMeterRegistry meters) {
        if (config.admin().isEmpty()) {
            return Optional.empty();
        }
        InetSocketAddress address = config.admin().get();
        try {
            return Optional.of(AdminServer.start(address, () -> health, meters));
        } catch (IOException e) {
            log.warn(
                    "No /health and /metrics: {} cannot be used ({}). DNS is served; choose another address with --admin",
                    HostPort.format(address),
                    e.getMessage());
            return Optional.empty();
        }
    }
}
