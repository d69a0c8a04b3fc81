package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.Server;
import io.github.consulresolver.server.StartException;
import io.github.consulresolver.server.admin.AdminServer;
import io.github.consulresolver.server.admin.Health;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.recursors.LastGoodList;
import io.github.consulresolver.server.recursors.OwnAddresses;
import io.github.consulresolver.server.recursors.RecursorDiscovery;
import io.github.consulresolver.server.recursors.Recursors;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server with all that belongs to it: recursors, metrics, the admin door, and a word to the operator. */
final class RunningServer {

    private static final Logger log = LoggerFactory.getLogger(RunningServer.class);

    private final ServerConfig config;
    private final Recursors recursors;
    private final List<InetSocketAddress> listening;
    private final Optional<AdminServer> admin;

    private RunningServer(
            ServerConfig config,
            Recursors recursors,
            List<InetSocketAddress> listening,
            Optional<AdminServer> admin) {
        this.config = config;
        this.recursors = recursors;
        this.listening = listening;
        this.admin = admin;
    }

    /** Starts everything, tells what runs, and leaves closing to the exit. */
    static RunningServer start(ServerConfig config, GracefulExit exit, PrintWriter out) throws StartException {
        Recursors recursors = recursors(config);
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Server server = Server.start(config.withRecursors(recursors.addresses()), meters);
        exit.close(server);
        List<InetSocketAddress> listening = server.listenAddresses();
        Optional<AdminServer> admin = admin(config, health(config, recursors, listening), meters);
        admin.ifPresent(exit::close);
        RunningServer running = new RunningServer(config, recursors, listening, admin);
        running.tell(out);
        AgentCheck.start(config.consul(), config.domain());
        return running;
    }

    /** Where questions are answered, as {@code dig} takes it: {@code @127.0.0.1 -p 8053}. */
    String digServer() {
        InetSocketAddress first = listening.get(0);
        InetAddress ip = first.getAddress();
        String host = ip.isAnyLocalAddress() ? "127.0.0.1" : HostPort.format(first).replaceAll("^\\[|]?:\\d+$", "");
        return "@" + host + (first.getPort() == 53 ? "" : " -p " + first.getPort());
    }

    private static Recursors recursors(ServerConfig config) {
        if (!config.recursors().isEmpty()) {
            return new Recursors(config.recursors(), "the configuration");
        }
        LastGoodList lastGood = new LastGoodList(config.stateDir());
        Recursors found = new RecursorDiscovery(Path.of("/"), OwnAddresses.ofThisHost(config.listen()), lastGood)
                .discover();
        lastGood.keep(found.addresses()).ifPresent(log::warn);
        return found;
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

    private static Health health(ServerConfig config, Recursors recursors, List<InetSocketAddress> listening) {
        return new Health(
                listening.stream().map(HostPort::format).toList(),
                HostPort.format(config.consul()),
                recursors.addresses().stream().map(HostPort::format).toList());
    }

    private void tell(PrintWriter out) {
        out.println("Listening: " + listening.stream().map(HostPort::format).collect(Collectors.joining(", "))
                + " (UDP and TCP)");
        out.println("Consul:    " + HostPort.format(config.consul()) + ", for names under " + config.domain());
        out.println("Recursors: " + recursors);
        admin.ifPresent(door ->
                out.println("Admin:     http://" + HostPort.format(door.address()) + "/health and /metrics"));
        out.println("Try:       dig " + digServer() + " consul.service." + config.domain());
        out.flush();
        if (recursors.addresses().isEmpty()) {
            log.warn(
                    "No recursors: names outside {} get SERVFAIL, because nobody on this host names a DNS server"
                            + " other than this one. Name one with --recursor",
                    config.domain());
        }
    }
}
