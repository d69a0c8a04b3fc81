package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.RunningServer;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.IpLiteral;
import io.github.consulresolver.server.config.ServerConfig;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is said after a start: short lines, each with what one may want to copy. */
final class Announcement {

    private final ServerConfig config;
    private final RunningServer server;

    Announcement(ServerConfig config, RunningServer server) {
        this.config = config;
        this.server = server;
    }

    /** What runs, and a question to try. */
    void print(PrintWriter out, String agent, String name) {
        out.println("Listening: "
                + server.listenAddresses().stream().map(HostPort::format).collect(Collectors.joining(", "))
                + " (UDP and TCP)");
        List<String> domains = new ArrayList<>(List.of(config.domain()));
        domains.addAll(config.agentOverrides().altDomains());
        out.println("Consul:    " + agent + ", for names under " + String.join(", ", domains));
        new TreeMap<>(config.zones())
                .forEach((domain, agents) -> out.println("           "
                        + agents.stream().map(HostPort::format).collect(Collectors.joining(", "))
                        + ", for names under " + domain));
        out.println("Recursors: " + server.recursors());
        server.adminAddress()
                .ifPresent(
                        admin -> out.println("Admin:     http://" + HostPort.format(admin) + "/health and /metrics"));
        out.println("Try:       dig " + digServer() + " " + name + "." + config.domain());
        out.flush();
    }

    /** {@code @127.0.0.1 -p 8053}: the loopback address where there is one, for that always may ask. */
    private String digServer() {
        List<InetSocketAddress> addresses = server.listenAddresses();
        InetSocketAddress nearest = addresses.stream()
                .filter(address -> address.getAddress().isLoopbackAddress())
                .findFirst()
                .orElse(addresses.get(0));
        return "@" + IpLiteral.format(nearest.getAddress())
                + (nearest.getPort() == 53 ? "" : " -p " + nearest.getPort());
    }
}
