package io.github.consulresolver.server.config;

import io.github.consulresolver.agent.AgentToken;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The defaults that depend on this host or on its environment. */
final class Defaults {

    /** More loops than this only cost memory: one answers more queries than a node ever asks. */
    private static final int MOST_EVENT_LOOPS = 4;

    /** What Go takes for true. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

    /** What Go takes for false. */
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    private Defaults() {}

    static List<InetSocketAddress> listen() {
        InetSocketAddress ipv4 = new InetSocketAddress(literal("127.0.0.1"), 53);
        InetAddress loopback6 = literal("::1");
        return isLocal(loopback6) ? List.of(ipv4, new InetSocketAddress(loopback6, 53)) : List.of(ipv4);
    }

    static InetSocketAddress consul() {
        return new InetSocketAddress(literal("127.0.0.1"), 8600);
    }

    static InetSocketAddress admin() {
        return new InetSocketAddress(literal("127.0.0.1"), 8653);
    }

    static int eventLoops() {
        return Math.min(MOST_EVENT_LOOPS, Runtime.getRuntime().availableProcessors());
    }

    static URI consulHttp(Map<String, String> environment) throws ConfigException {
        String address = environment.getOrDefault("CONSUL_HTTP_ADDR", "");
        boolean tls = TRUE.contains(environment.getOrDefault("CONSUL_HTTP_SSL", ""));
        try {
            return ConsulHttp.parse(address.isBlank() ? "127.0.0.1" : address.trim(), tls);
        } catch (ConfigException e) {
            throw e.at("CONSUL_HTTP_ADDR (--consul-http overrides it)");
        }
    }

    /** From the variables that Consul's own command line knows, in its order. */
    static AgentToken consulToken(Map<String, String> environment) throws ConfigException {
        String file = environment.getOrDefault("CONSUL_HTTP_TOKEN_FILE", "");
        try {
            return file.isBlank()
                    ? AgentToken.of(environment.getOrDefault("CONSUL_HTTP_TOKEN", ""))
                    : AgentToken.in(Path.of(file));
        } catch (InvalidPathException e) {
            throw new ConfigException("CONSUL_HTTP_TOKEN_FILE (--consul-token-file overrides it): expected a file");
        }
    }

    /** A file that a variable of Consul's own command line names; empty where it is not set. */
    static Optional<Path> file(Map<String, String> environment, String variable, String flag) throws ConfigException {
        String file = environment.getOrDefault(variable, "");
        try {
            return file.isBlank() ? Optional.empty() : Optional.of(Path.of(file));
        } catch (InvalidPathException e) {
            throw new ConfigException(variable + " (" + flag + " overrides it): expected a file");
        }
    }

    static Optional<String> consulTlsServerName(Map<String, String> environment) {
        return Optional.of(
                        environment.getOrDefault("CONSUL_TLS_SERVER_NAME", "").trim())
                .filter(name -> !name.isEmpty());
    }

    /** Whether the agent's certificate is looked at: unless the variable says what Go takes for false. */
    static boolean consulVerifies(Map<String, String> environment) throws ConfigException {
        String value = environment.getOrDefault("CONSUL_HTTP_SSL_VERIFY", "").trim();
        if (!value.isEmpty() && !TRUE.contains(value) && !FALSE.contains(value)) {
            throw new ConfigException(
                    "CONSUL_HTTP_SSL_VERIFY: expected true or false; found \"" + Quoted.text(value) + "\"");
        }
        return !FALSE.contains(value);
    }

    static Path stateDir(Map<String, String> environment) {
        String systemd = environment.getOrDefault("STATE_DIRECTORY", "");
        if (!systemd.isEmpty()) {
            // systemd.exec(5): several directories are separated by colons; ours is the first.
            return Path.of(systemd.split(":", 2)[0]);
        }
        Path system = Path.of("/var/lib/consul-resolver");
        if (Files.isDirectory(system) ? Files.isWritable(system) : Files.isWritable(Path.of("/var/lib"))) {
            return system;
        }
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")));
        // XDG Base Directory Specification: a relative path is invalid and ignored.
        return (state.startsWith("/") ? Path.of(state) : home.resolve(".local/state")).resolve("consul-resolver");
    }

    private static boolean isLocal(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    private static InetAddress literal(String address) {
        return IpLiteral.parse(address).orElseThrow();
    }
}
