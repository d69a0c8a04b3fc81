package io.github.consulresolver.server.config;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.zone.LoadPolicy;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
                    "HOST:PORT|URL|none",
                    "The Consul agent's HTTP API (default: CONSUL_HTTP_ADDR, else 127.0.0.1:8500)",
                    text -> text.equals("none") ? Optional.<URI>empty() : Optional.of(ConsulHttp.parse(text)),
                    (builder, api) -> api.ifPresentOrElse(builder::consulHttp, builder::withoutConsulHttp)),
            one(
                    "consul-token-file",
                    "FILE",
                    "Holds the token for it, which needs agent:read (default: CONSUL_HTTP_TOKEN_FILE, else"
                            + " CONSUL_HTTP_TOKEN, else no token)",
                    text -> AgentToken.in(path(text, "a file")),
                    ServerConfig.Builder::consulToken),
            one(
                    "consul-ca-file",
                    "FILE",
                    "Certificates in PEM of who may have signed the agent's, where it speaks HTTPS (default: CONSUL_CACERT,"
                            + " else those that Java trusts)",
                    text -> path(text, "a file"),
                    ServerConfig.Builder::consulCaFile),
            one(
                    "consul-client-cert",
                    "FILE",
                    "A certificate in PEM to show to an agent that wants one, verify_incoming (default: CONSUL_CLIENT_CERT,"
                            + " else none)",
                    text -> path(text, "a file"),
                    ServerConfig.Builder::consulClientCert),
            one(
                    "consul-client-key",
                    "FILE",
                    "Its key in PEM, without a password (default: CONSUL_CLIENT_KEY)",
                    text -> path(text, "a file"),
                    ServerConfig.Builder::consulClientKey),
            one(
                    "consul-tls-server-name",
                    "NAME",
                    "The name that the agent's certificate is for (default: CONSUL_TLS_SERVER_NAME, else the host of"
                            + " --consul-http)",
                    Setting::hostName,
                    ServerConfig.Builder::consulTlsServerName),
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
            many(
                    "alt-domain",
                    "--alt-domain",
                    "NAME",
                    "Another domain of the same agent; repeatable (default: the agent's alt_domain)",
                    Setting::domain,
                    ServerConfig.Builder::altDomains),
            entries(
                    "zones",
                    "--zone",
                    "DOMAIN=HOST:PORT,...",
                    "Another cluster's domain and its agents' DNS, asked in this order; repeatable",
                    Setting::zone,
                    ServerConfig.Builder::zones),
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
                    "The most records for a UDP client without EDNS, for names under Consul (default: the agent's"
                            + " udp_answer_limit, else 3)",
                    text -> Quantity.number(text, 1, 100),
                    ServerConfig.Builder::udpAnswerLimit),
            one(
                    "a-record-limit",
                    "NUMBER",
                    "The most addresses of a service in any reply, 0 for no limit (default: the agent's"
                            + " a_record_limit, else 0)",
                    text -> Quantity.number(text, 0, 65_535),
                    ServerConfig.Builder::aRecordLimit),
            one(
                    "truncate",
                    "consul|rfc|agent",
                    "TC of a UDP reply that has not all instances: clear as Consul's default, set as RFC 2181 says, or"
                            + " by the agent's enable_truncate (default: agent)",
                    Setting::truncate,
                    ServerConfig.Builder::truncate),
            entries(
                    "service-ttl",
                    "--service-ttl",
                    "PATTERN=DURATION",
                    "The TTL of services in place of the agent's: by name, prefix* or *, as in Consul's service_ttl;"
                            + " repeatable",
                    Setting::serviceTtl,
                    ServerConfig.Builder::serviceTtl),
            one(
                    "node-ttl",
                    "DURATION",
                    "The TTL of nodes in place of the agent's",
                    Setting::ttl,
                    ServerConfig.Builder::nodeTtl),
            one(
                    "negative-ttl",
                    "DURATION",
                    "How long an agent's answer that there is nothing is kept where its SOA record says 0 (default: 0s)",
                    Setting::ttl,
                    ServerConfig.Builder::negativeTtl),
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
                    "max-stale",
                    "DURATION",
                    "How long after its TTL a Consul name's last answer is given when no newer one can be had, 0s for"
                            + " never (default: 60s)",
                    Setting::staleness,
                    ServerConfig.Builder::maxStale),
            one(
                    "max-stale-unreachable",
                    "DURATION",
                    "The same while the agent answers nobody, or nothing but SERVFAIL (default: 1h)",
                    Setting::staleness,
                    ServerConfig.Builder::maxStaleUnreachable),
            one(
                    "stale-ttl",
                    "DURATION",
                    "The TTL clients see in such an answer (default: 1s)",
                    Setting::staleTtl,
                    ServerConfig.Builder::staleTtl),
            one(
                    "recursor-max-stale",
                    "DURATION",
                    "How long after its TTL a recursor's last answer is given when no newer one can be had, 0s for"
                            + " never (default: 1d)",
                    Setting::staleness,
                    ServerConfig.Builder::recursorMaxStale),
            one(
                    "recursor-stale-ttl",
                    "DURATION",
                    "The TTL clients see in such an answer (default: 30s)",
                    Setting::staleTtl,
                    ServerConfig.Builder::recursorStaleTtl),
            one(
                    "hold-down",
                    "DURATION",
                    "How long the last instances of a service are given when suddenly there are none (default: 0s)",
                    text -> Quantity.duration(text, Duration.ZERO, Duration.ofSeconds(5)),
                    ServerConfig.Builder::holdDown),
            one(
                    "watch",
                    "auto|on|off",
                    "Whether the agent's HTTP API is watched for the services that are asked for most, so that their answers"
                            + " live exactly as long as they are true; auto is on, and no warning where that cannot be"
                            + " (default: auto)",
                    Setting::watch,
                    ServerConfig.Builder::watch),
            one(
                    "watches",
                    "NUMBER",
                    "The most services that are watched, a connection each (default: 64)",
                    text -> Quantity.number(text, 1, 10_000),
                    ServerConfig.Builder::watches),
            one(
                    "ttl-0-cache",
                    "DURATION",
                    "How long an agent's answer with TTL 0 that is not watched is given all the same, and may be wrong"
                            + " (default: 0s)",
                    text -> Quantity.duration(text, Duration.ZERO, Duration.ofSeconds(60)),
                    ServerConfig.Builder::ttlZeroCache),
            one(
                    "prefetch",
                    "yes|no",
                    "Whether an answer that is asked for often is had anew before its TTL is over (default: yes)",
                    Setting::yesOrNo,
                    ServerConfig.Builder::prefetch),
            one(
                    "max-concurrent",
                    "NUMBER",
                    "The most questions under way at a time, to each cluster's agents and to the recursors; one client has"
                            + " at most half of them (default: 2000)",
                    text -> Quantity.number(text, 1, LoadPolicy.MOST_CONCURRENT),
                    ServerConfig.Builder::maxConcurrent),
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
    private final Shape shape;
    private final Parser<T> parser;
    private final BiConsumer<ServerConfig.Builder, List<T>> setter;

    private Setting(
            String key,
            String flag,
            String hint,
            String description,
            Shape shape,
            Parser<T> parser,
            BiConsumer<ServerConfig.Builder, List<T>> setter) {
        this.key = key;
        this.flag = flag;
        this.hint = hint;
        this.description = description;
        this.shape = shape;
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
        return shape != Shape.ONE;
    }

    /** Whether each value is a name, {@code =}, and what belongs to it, so that the file may have them as a mapping. */
    boolean isMapping() {
        return shape == Shape.ENTRIES;
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
        return new Setting<>(key, flag, hint, description, Shape.MANY, parser, setter);
    }

    private static <T> Setting<T> entries(
            String key,
            String flag,
            String hint,
            String description,
            Parser<T> parser,
            BiConsumer<ServerConfig.Builder, List<T>> setter) {
        return new Setting<>(key, flag, hint, description, Shape.ENTRIES, parser, setter);
    }

    private static <T> Setting<T> one(
            String key, String hint, String description, Parser<T> parser, BiConsumer<ServerConfig.Builder, T> setter) {
        return new Setting<>(
                key,
                "--" + key,
                hint,
                description,
                Shape.ONE,
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

    /** {@code dc2.example=10.0.0.1:8600,10.0.0.2:8600}. */
    private static Map.Entry<String, List<InetSocketAddress>> zone(String text) throws ConfigException {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new ConfigException(
                    "expected DOMAIN=HOST:PORT, like dc2.example=10.0.0.1:8600; found \"" + Quoted.text(text) + "\"");
        }
        String domain = domain(text.substring(0, equals).trim());
        List<InetSocketAddress> agents = new ArrayList<>();
        for (String agent : text.substring(equals + 1).split(",", -1)) {
            agents.add(HostPort.remote(agent.trim(), 8600));
        }
        return Map.entry(domain, List.copyOf(agents));
    }

    /** {@code web=10s}, {@code web*=5s}, {@code *=1s}. */
    private static Map.Entry<String, Integer> serviceTtl(String text) throws ConfigException {
        int equals = text.indexOf('=');
        String pattern = equals < 0 ? "" : text.substring(0, equals).trim();
        if (!pattern.matches("[^*\\s\\p{Cntrl}]+\\*?|\\*")) {
            throw new ConfigException(
                    "expected PATTERN=DURATION, like web=10s, web*=5s or *=1s; found \"" + Quoted.text(text) + "\"");
        }
        if (!pattern.equals(pattern.toLowerCase(Locale.ROOT))) {
            throw new ConfigException("names are matched in lower case, so this would never match; write \""
                    + Quoted.text(pattern.toLowerCase(Locale.ROOT)) + "\" instead of \"" + Quoted.text(pattern) + "\"");
        }
        return Map.entry(pattern, ttl(text.substring(equals + 1).trim()));
    }

    /** In whole seconds; what is less than one is cut off, as Consul does. */
    private static int ttl(String text) throws ConfigException {
        return (int) Quantity.duration(text, Duration.ZERO, Duration.ofDays(7)).toSeconds();
    }

    private static WatchSettings.Mode watch(String text) throws ConfigException {
        return switch (text) {
            case "auto" -> WatchSettings.Mode.AUTO;
            case "on" -> WatchSettings.Mode.ON;
            case "off" -> WatchSettings.Mode.OFF;
            default -> throw new ConfigException("expected auto, on or off; found \"" + Quoted.text(text) + "\"");
        };
    }

    /** Bounded: past a week an address belongs to somebody else. */
    private static Duration staleness(String text) throws ConfigException {
        return Quantity.duration(text, Duration.ZERO, Duration.ofDays(7));
    }

    /** In whole seconds. RFC 8767, section 5: it must be more than 0, or else clients ask again at once. */
    private static int staleTtl(String text) throws ConfigException {
        return (int) Quantity.duration(text, Duration.ofSeconds(1), Duration.ofHours(1))
                .toSeconds();
    }

    private static boolean yesOrNo(String text) throws ConfigException {
        return switch (text) {
            case "yes", "true" -> true;
            case "no", "false" -> false;
            default -> throw new ConfigException("expected yes or no; found \"" + Quoted.text(text) + "\"");
        };
    }

    private static Optional<Boolean> truncate(String text) throws ConfigException {
        return switch (text) {
            case "agent" -> Optional.empty();
            case "consul" -> Optional.of(false);
            case "rfc" -> Optional.of(true);
            default -> throw new ConfigException("expected consul, rfc or agent; found \"" + Quoted.text(text) + "\"");
        };
    }

    private static Path directory(String text) throws ConfigException {
        return path(text, "a directory");
    }

    private static String hostName(String text) throws ConfigException {
        if (!text.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
            throw new ConfigException("expected a name, like server.dc1.consul; found \"" + Quoted.text(text) + "\"");
        }
        return text;
    }

    private static Path path(String text, String what) throws ConfigException {
        try {
            if (!text.isBlank()) {
                return Path.of(text);
            }
        } catch (InvalidPathException e) {
            // Reported below, like an empty one.
        }
        throw new ConfigException("expected " + what + "; found \"" + Quoted.text(text) + "\"");
    }

    /** How many values it has, and what they look like in the file. */
    private enum Shape {
        ONE,
        MANY,
        ENTRIES
    }

    @FunctionalInterface
    private interface Parser<T> {
        T parse(String text) throws ConfigException;
    }
}
