package io.github.consulresolver.server.config;

import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * One thing that can be set, by a flag or in the file. {@link #ALL} is the only list of them: flags, keys, help and
 * checks come from it.
 *
 * @param <T> what one written value means
 */
public final class Setting<T> {

    /** Every setting, in the order of the help. */
    public static final List<Setting<?>> ALL = List.of(
            many(
                    "listen",
                    "--listen",
                    "HOST:PORT",
                    "Where to answer, over UDP and TCP; repeatable (default: 127.0.0.1:53, and [::1]:53 where IPv6 is)",
                    text -> HostPort.local(text, 53),
                    ServerConfig.Builder::listen),
            one(
                    "consul",
                    "HOST:PORT",
                    "The Consul agent's DNS (default: 127.0.0.1:8600)",
                    text -> HostPort.remote(text, 8600),
                    ServerConfig.Builder::consul),
            one(
                    "consul-http",
                    "HOST:PORT|URL",
                    "The Consul agent's HTTP API (default: CONSUL_HTTP_ADDR, else 127.0.0.1:8500)",
                    ConsulHttp::parse,
                    ServerConfig.Builder::consulHttp),
            many(
                    "recursors",
                    "--recursor",
                    "HOST[:PORT]",
                    "Who is asked for all other names, in this order; repeatable (default: the servers this host has"
                            + " without us, as /etc/resolv.conf, systemd-resolved or NetworkManager list them, else"
                            + " the last ones found)",
                    text -> HostPort.remote(text, 53),
                    ServerConfig.Builder::recursors),
            one("domain", "NAME", "Consul's domain (default: consul)", Setting::domain, ServerConfig.Builder::domain),
            one(
                    "admin",
                    "HOST:PORT|none",
                    "Where /health and /metrics are served (default: 127.0.0.1:8653)",
                    text -> text.equals("none")
                            ? Optional.<InetSocketAddress>empty()
                            : Optional.of(HostPort.local(text, 8653)),
                    ServerConfig.Builder::admin),
            one(
                    "log-level",
                    "LEVEL",
                    "error, warn, info, debug or trace (default: info)",
                    LogLevel::parse,
                    ServerConfig.Builder::logLevel),
            one(
                    "udp-answer-limit",
                    "NUMBER",
                    "The most records for a UDP client without EDNS, for names under Consul (default: 3)",
                    text -> Quantity.number(text, 1, 100),
                    ServerConfig.Builder::udpAnswerLimit),
            one(
                    "udp-size",
                    "BYTES",
                    "The EDNS size told to clients (default: 1232)",
                    text -> Quantity.number(text, 512, 65_535),
                    ServerConfig.Builder::udpSize),
            many(
                    "allow",
                    "--allow",
                    "CIDR",
                    "Who may ask; repeatable (default: this host, and the subnet of each interface listened on)",
                    Cidr::parse,
                    ServerConfig.Builder::allow),
            one(
                    "state-dir",
                    "DIRECTORY",
                    "Where the last good list of recursors is kept (default: STATE_DIRECTORY, else"
                            + " /var/lib/consul-resolver or, without root, ~/.local/state/consul-resolver)",
                    Setting::directory,
                    ServerConfig.Builder::stateDir),
            one(
                    "cache-size",
                    "SIZE",
                    "Memory for answers (default: 32m)",
                    text -> Quantity.bytes(text, 64L << 10, 64L << 30),
                    ServerConfig.Builder::cacheSize),
            one(
                    "negative-cache-size",
                    "SIZE",
                    "Memory for answers that a name does not exist (default: 4m)",
                    text -> Quantity.bytes(text, 64L << 10, 64L << 30),
                    ServerConfig.Builder::negativeCacheSize),
            one(
                    "max-ttl",
                    "DURATION",
                    "The longest time a recursor's answer is kept (default: 1d)",
                    text -> Quantity.duration(text, Duration.ofSeconds(1), Duration.ofDays(7)),
                    ServerConfig.Builder::maxTtl),
            one(
                    "event-loops",
                    "NUMBER",
                    "Threads that receive and answer (default: one a core, at most 4)",
                    text -> Quantity.number(text, 1, 256),
                    ServerConfig.Builder::eventLoops),
            one(
                    "tcp-idle-timeout",
                    "DURATION",
                    "How long a client's connection may be silent (default: 10s)",
                    text -> Quantity.duration(text, Duration.ofMillis(100), Duration.ofMinutes(10)),
                    ServerConfig.Builder::tcpIdleTimeout),
            one(
                    "max-tcp-connections",
                    "NUMBER",
                    "The most connections of clients at a time (default: 1024)",
                    text -> Quantity.number(text, 1, 1_000_000),
                    ServerConfig.Builder::maxTcpConnections),
            one(
                    "max-tcp-connections-per-client",
                    "NUMBER",
                    "The most connections from one address at a time (default: 512)",
                    text -> Quantity.number(text, 1, 1_000_000),
                    ServerConfig.Builder::maxTcpConnectionsPerClient));

    private final String key;
    private final String flag;
    private final String hint;
    private final String description;
    private final boolean repeatable;
    private final Parser<T> parser;
    private final BiConsumer<ServerConfig.Builder, List<T>> setter;

    private Setting(
            String key,
            String flag,
            String hint,
            String description,
            boolean repeatable,
            Parser<T> parser,
            BiConsumer<ServerConfig.Builder, List<T>> setter) {
        this.key = key;
        this.flag = flag;
        this.hint = hint;
        this.description = description;
        this.repeatable = repeatable;
        this.parser = parser;
        this.setter = setter;
    }

    /** What it is called in the file: {@code cache-size}. */
    public String key() {
        return key;
    }

    /** What it is called on the command line: {@code --cache-size}. */
    public String flag() {
        return flag;
    }

    /** The form of a value, for the help: {@code HOST:PORT}. */
    public String hint() {
        return hint;
    }

    /** One sentence for the help, with the default. */
    public String description() {
        return description;
    }

    /** Whether it may be given more than once, or as a list. */
    public boolean repeatable() {
        return repeatable;
    }

    @Override
    public String toString() {
        return key;
    }

    /** Reads the written values and sets them, in place of what was set before. */
    void apply(ServerConfig.Builder builder, List<Written> values) throws ConfigException {
        List<T> parsed = new ArrayList<>();
        for (Written value : values) {
            try {
                parsed.add(parser.parse(value.text()));
            } catch (ConfigException e) {
                throw e.at(value.where());
            }
        }
        setter.accept(builder, parsed);
    }

    private static <T> Setting<T> many(
            String key,
            String flag,
            String hint,
            String description,
            Parser<T> parser,
            BiConsumer<ServerConfig.Builder, List<T>> setter) {
        return new Setting<>(key, flag, hint, description, true, parser, setter);
    }

    private static <T> Setting<T> one(
            String key, String hint, String description, Parser<T> parser, BiConsumer<ServerConfig.Builder, T> setter) {
        return new Setting<>(
                key,
                "--" + key,
                hint,
                description,
                false,
                parser,
                (builder, values) -> values.forEach(value -> setter.accept(builder, value)));
    }

    /** A domain as RFC 1035, section 2.3.1 prefers it, with the underscore that Consul tolerates. */
    private static String domain(String text) throws ConfigException {
        String name = text.toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (plain.length() > 200 || !plain.matches("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*")) {
            throw new ConfigException("expected a domain, like consul; found \"" + Quoted.text(text) + "\"");
        }
        return plain;
    }

    private static Path directory(String text) throws ConfigException {
        try {
            if (!text.isBlank()) {
                return Path.of(text);
            }
        } catch (InvalidPathException e) {
            // Reported below, like an empty one.
        }
        throw new ConfigException("expected a directory; found \"" + Quoted.text(text) + "\"");
    }

    @FunctionalInterface
    private interface Parser<T> {
        T parse(String text) throws ConfigException;
    }
}
