package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.RunningServer;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.IpLiteral;
import io.github.consulresolver.server.config.ServerConfig;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
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
        out.println("Consul:    " + agent + ", for names under " + config.domain());
        out.println("Recursors: " + server.recursors());
        server.adminAddress()
                .ifPresent(
                        admin -> out.println("Admin:     http://" + HostPort.format(admin) + "/health and /metrics"));
        out.println("Try:       dig " + digServer() + " " + name + "." + config.domain());
        out.flush();
    }

    /** {@code @127.0.0.1 -p 8053}. */
    private String digServer() {
        InetSocketAddress first = server.listenAddresses().get(0);
        String host = first.getAddress().isAnyLocalAddress() ? "127.0.0.1" : IpLiteral.format(first.getAddress());
        return "@" + host + (first.getPort() == 53 ? "" : " -p " + first.getPort());
    }
}
