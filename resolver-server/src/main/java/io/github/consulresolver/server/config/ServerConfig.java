package io.github.consulresolver.server.config;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.ClientCertificate;
import io.github.consulresolver.zone.LoadPolicy;
import io.github.consulresolver.zone.StalePolicy;
import io.github.consulresolver.zone.TtlOverrides;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything the server is told before it starts; whole, checked and immutable. Every address is resolved.
 *
 * @param listen addresses for UDP and TCP, never empty; port 0 means any free port, a wildcard every address of the host
 * @param consul the agent's DNS
 * @param agentApi the agent's HTTP API; empty where it is not to be used
 * @param agentOverrides what counts in place of the agent's own settings
 * @param zones other clusters' agents by the domain they answer for, in lower case and without the dot at its end; each list in the order
 *     in which they are asked, never empty
 * @param recursors who is asked for all other names, in this order; empty when none is configured or found
 * @param domain Consul's domain in lower case, without the dot at its end
 * @param admin where health and metrics are served, or empty for nowhere
 * @param logLevel how much is logged
 * @param udpSize the EDNS size told to clients, in bytes (RFC 6891, section 6.2.3)
 * @param allow who may ask; empty means this host, and the subnet of each interface that is listened on
 * @param stateDir where the last good list of recursors is kept; need not exist
 * @param cacheSize the bound of positive answers, in bytes
 * @param negativeCacheSize the bound of negative answers, in bytes
 * @param maxTtl the longest time an answer of a recursor is kept
 * @param stale what is done when nobody answers
 * @param watching how answers of the agent are kept for longer, or shorter, than their TTL
 * @param load how much agents and recursors are asked
 * @param eventLoops threads that receive and answer
 * @param tcpIdleTimeout how long a client's connection may be silent
 * @param maxTcpConnections the most connections of clients at a time
 * @param maxTcpConnectionsPerClient the most connections from one address at a time
 */
public record ServerConfig(
        List<InetSocketAddress> listen,
        InetSocketAddress consul,
        Optional<AgentApi> agentApi,
        AgentOverrides agentOverrides,
        Map<String, List<InetSocketAddress>> zones,
        List<InetSocketAddress> recursors,
        String domain,
        Optional<InetSocketAddress> admin,
        LogLevel logLevel,
        int udpSize,
        List<Cidr> allow,
        Path stateDir,
        long cacheSize,
        long negativeCacheSize,
        Duration maxTtl,
        StaleSettings stale,
        WatchSettings watching,
        LoadPolicy load,
        int eventLoops,
        Duration tcpIdleTimeout,
        int maxTcpConnections,
        int maxTcpConnectionsPerClient) {

    /** Copies the collections. */
    public ServerConfig {
        zones = Map.copyOf(zones);
        listen = List.copyOf(listen);
        recursors = List.copyOf(recursors);
        allow = List.copyOf(allow);
    }

    /** The defaults of this host and of this process's environment, to be changed one by one. */
    public static Builder builder() {
        return builder(System.getenv());
    }

    /** The defaults of this host and of the given environment, to be changed one by one. */
    public static Builder builder(Map<String, String> environment) {
        return new Builder(environment);
    }

    /** The same with these recursors, as they were found on this host. */
    public ServerConfig withRecursors(List<InetSocketAddress> found) {
        return new ServerConfig(
                listen,
                consul,
                agentApi,
                agentOverrides,
                zones,
                found,
                domain,
                admin,
                logLevel,
                udpSize,
                allow,
                stateDir,
                cacheSize,
                negativeCacheSize,
                maxTtl,
                stale,
                watching,
                load,
                eventLoops,
                tcpIdleTimeout,
                maxTcpConnections,
                maxTcpConnectionsPerClient);
    }

    /** The same in front of another agent. */
    public ServerConfig withAgent(InetSocketAddress dns, URI http) {
        return new ServerConfig(
                listen,
                dns,
                agentApi.map(api -> new AgentApi(http, api.token(), api.trust())),
                agentOverrides,
                zones,
                recursors,
                domain,
                admin,
                logLevel,
                udpSize,
                allow,
                stateDir,
                cacheSize,
                negativeCacheSize,
                maxTtl,
                stale,
                watching,
                load,
                eventLoops,
                tcpIdleTimeout,
                maxTcpConnections,
                maxTcpConnectionsPerClient);
    }

    /** Collects what differs from the defaults. Not thread-safe. */
    public static final class Builder {

        private final Map<String, String> environment;
        private List<InetSocketAddress> listen = List.of();
        private @Nullable InetSocketAddress consul;
        private @Nullable URI consulHttp;
        private boolean withoutConsulHttp;
        private @Nullable AgentToken consulToken;
        private @Nullable Path consulCaFile;
        private @Nullable Path consulClientCert;
        private @Nullable Path consulClientKey;
        private @Nullable String consulTlsServerName;
        private List<String> altDomains = List.of();
        private OptionalInt udpAnswerLimit = OptionalInt.empty();
        private OptionalInt aRecordLimit = OptionalInt.empty();
        private Optional<Boolean> truncate = Optional.empty();
        private List<Map.Entry<String, Integer>> serviceTtl = List.of();
        private OptionalInt nodeTtl = OptionalInt.empty();
        private int negativeTtl;
        private List<Map.Entry<String, List<InetSocketAddress>>> zones = List.of();
        private List<InetSocketAddress> recursors = List.of();
        private String domain = "consul";
        private Optional<InetSocketAddress> admin = Optional.of(Defaults.admin());
        private LogLevel logLevel = LogLevel.INFO;
        private int udpSize = 1232;
        private List<Cidr> allow = List.of();
        private @Nullable Path stateDir;
        private long cacheSize = 32L << 20;
        private long negativeCacheSize = 4L << 20;
        private Duration maxTtl = Duration.ofDays(1);
        private Duration maxStale = StalePolicy.CONSUL.maxStale();
        private Duration maxStaleUnreachable = StalePolicy.CONSUL.maxStaleUnreachable();
        private int staleTtl = StalePolicy.CONSUL.ttl();
        private Duration recursorMaxStale = StalePolicy.RECURSORS.maxStale();
        private int recursorStaleTtl = StalePolicy.RECURSORS.ttl();
        private Duration holdDown = StalePolicy.CONSUL.holdDown();
        private WatchSettings.Mode watch = WatchSettings.Mode.AUTO;
        private int watches = 64;
        private Duration ttlZeroCache = Duration.ZERO;
        private boolean prefetch = LoadPolicy.DEFAULT.prefetch();
        private int maxConcurrent = LoadPolicy.DEFAULT.maxConcurrent();
        private int eventLoops = Defaults.eventLoops();
        private Duration tcpIdleTimeout = Duration.ofSeconds(10);
        private int maxTcpConnections = 1024;
        private int maxTcpConnectionsPerClient = 512;

        private Builder(Map<String, String> environment) {
            this.environment = environment;
        }

        /** Replaces the listen addresses; empty means the default ones. */
        public Builder listen(List<InetSocketAddress> addresses) {
            listen = List.copyOf(addresses);
            return this;
        }

        /** Sets the agent's DNS address. */
        public Builder consul(InetSocketAddress address) {
            consul = address;
            return this;
        }

        /** Sets the agent's HTTP API. */
        public Builder consulHttp(URI api) {
            consulHttp = api;
            withoutConsulHttp = false;
            return this;
        }

        /** Leaves the agent's HTTP API alone: no watches, no settings of the agent, no services too large for DNS. */
        public Builder withoutConsulHttp() {
            withoutConsulHttp = true;
            return this;
        }

        /** Replaces the recursors; empty means that they are to be found on this host. */
        public Builder recursors(List<InetSocketAddress> addresses) {
            recursors = List.copyOf(addresses);
            return this;
        }

        /** Sets Consul's domain: lower case, no dot at its end. */
        public Builder domain(String name) {
            domain = name;
            return this;
        }

        /** Sets where health and metrics are served; empty for nowhere. */
        public Builder admin(Optional<InetSocketAddress> address) {
            admin = address;
            return this;
        }

        /** Sets how much is logged. */
        public Builder logLevel(LogLevel level) {
            logLevel = level;
            return this;
        }

        /** Sets the token for the agent's HTTP API. */
        public Builder consulToken(AgentToken token) {
            consulToken = token;
            return this;
        }

        /** Sets the file of the authorities whose certificates the agent's HTTP API may have. */
        public Builder consulCaFile(Path file) {
            consulCaFile = file;
            return this;
        }

        /** Sets the file of the certificate that is shown to it; goes with {@link #consulClientKey}. */
        public Builder consulClientCert(Path file) {
            consulClientCert = file;
            return this;
        }

        /** Sets the file of that certificate's key. */
        public Builder consulClientKey(Path file) {
            consulClientKey = file;
            return this;
        }

        /** Sets the name that the certificate of the agent's HTTP API has to be for. */
        public Builder consulTlsServerName(String name) {
            consulTlsServerName = name;
            return this;
        }

        /** Replaces Consul's other domains: lower case, no dot at their end; empty means the agent's {@code alt_domain}. */
        public Builder altDomains(List<String> names) {
            altDomains = List.copyOf(names);
            return this;
        }

        /** Replaces the other clusters' agents; each domain once, with at least one agent. */
        public Builder zones(List<Map.Entry<String, List<InetSocketAddress>>> agentsByDomain) {
            zones = List.copyOf(agentsByDomain);
            return this;
        }

        /** Sets the most records for a UDP client without EDNS; at least 1. */
        public Builder udpAnswerLimit(int records) {
            udpAnswerLimit = OptionalInt.of(records);
            return this;
        }

        /** Sets the most addresses of a service in any reply; 0 for no limit. */
        public Builder aRecordLimit(int addresses) {
            aRecordLimit = OptionalInt.of(addresses);
            return this;
        }

        /** Sets whether TC is set when instances were left out of a UDP reply; empty means as the agent does. */
        public Builder truncate(Optional<Boolean> whenCut) {
            truncate = whenCut;
            return this;
        }

        /** Replaces the TTLs of services, in seconds, by pattern; each pattern once. */
        public Builder serviceTtl(List<Map.Entry<String, Integer>> secondsByPattern) {
            serviceTtl = List.copyOf(secondsByPattern);
            return this;
        }

        /** Sets the TTL of nodes, in seconds. */
        public Builder nodeTtl(int seconds) {
            nodeTtl = OptionalInt.of(seconds);
            return this;
        }

        /** Sets the TTL, in seconds, of negative answers that the agent gives none; 0 for none. */
        public Builder negativeTtl(int seconds) {
            negativeTtl = seconds;
            return this;
        }

        /** Sets the EDNS size told to clients, in bytes; 512 to 65,535. */
        public Builder udpSize(int bytes) {
            udpSize = bytes;
            return this;
        }

        /** Replaces who may ask; empty means the automatic choice. */
        public Builder allow(List<Cidr> ranges) {
            allow = List.copyOf(ranges);
            return this;
        }

        /** Sets where the last good list of recursors is kept. */
        public Builder stateDir(Path directory) {
            stateDir = directory;
            return this;
        }

        /** Sets the bound of positive answers, in bytes. */
        public Builder cacheSize(long bytes) {
            cacheSize = bytes;
            return this;
        }

        /** Sets the bound of negative answers, in bytes. */
        public Builder negativeCacheSize(long bytes) {
            negativeCacheSize = bytes;
            return this;
        }

        /** Sets the longest time an answer of a recursor is kept. */
        public Builder maxTtl(Duration longest) {
            maxTtl = longest;
            return this;
        }

        /** Sets how long after its TTL a Consul name's last answer is given. */
        public Builder maxStale(Duration longest) {
            maxStale = longest;
            return this;
        }

        /** Sets the same for while the agent answers nobody. */
        public Builder maxStaleUnreachable(Duration longest) {
            maxStaleUnreachable = longest;
            return this;
        }

        /** Sets the TTL, in seconds, of such answers; at least 1. */
        public Builder staleTtl(int seconds) {
            staleTtl = seconds;
            return this;
        }

        /** Sets how long after its TTL a recursor's last answer is given. */
        public Builder recursorMaxStale(Duration longest) {
            recursorMaxStale = longest;
            return this;
        }

        /** Sets the TTL, in seconds, of such answers; at least 1. */
        public Builder recursorStaleTtl(int seconds) {
            recursorStaleTtl = seconds;
            return this;
        }

        /** Sets how long the last instances are given when suddenly there are none. */
        public Builder holdDown(Duration longest) {
            holdDown = longest;
            return this;
        }

        /** Sets whether the agent is watched. */
        public Builder watch(WatchSettings.Mode mode) {
            watch = mode;
            return this;
        }

        /** Sets how many services are watched at most; at least 1. */
        public Builder watches(int most) {
            watches = most;
            return this;
        }

        /** Sets for how long an answer with TTL 0 that is not watched is given. */
        public Builder ttlZeroCache(Duration longest) {
            ttlZeroCache = longest;
            return this;
        }

        /** Sets whether an answer that is asked for often is had anew before its time is over. */
        public Builder prefetch(boolean ahead) {
            prefetch = ahead;
            return this;
        }

        /** Sets the most questions under way at a time, to each cluster's agents and to the recursors; at least 1. */
        public Builder maxConcurrent(int questions) {
            maxConcurrent = questions;
            return this;
        }

        /** Sets the number of threads that receive and answer; at least 1. */
        public Builder eventLoops(int threads) {
            eventLoops = threads;
            return this;
        }

        /** Sets how long a client's connection may be silent. */
        public Builder tcpIdleTimeout(Duration silence) {
            tcpIdleTimeout = silence;
            return this;
        }

        /** Sets the most connections of clients at a time; at least 1. */
        public Builder maxTcpConnections(int connections) {
            maxTcpConnections = connections;
            return this;
        }

        /** Sets the most connections from one address at a time; at least 1. */
        public Builder maxTcpConnectionsPerClient(int connections) {
            maxTcpConnectionsPerClient = connections;
            return this;
        }

        private AgentApi agentApi() throws ConfigException {
            return new AgentApi(
                    consulHttp != null ? consulHttp : Defaults.consulHttp(environment),
                    consulToken != null ? consulToken : Defaults.consulToken(environment),
                    new AgentTrust(
                            file(consulCaFile, "CONSUL_CACERT", "--consul-ca-file"),
                            clientCertificate(),
                            consulTlsServerName != null
                                    ? Optional.of(consulTlsServerName)
                                    : Defaults.consulTlsServerName(environment),
                            Defaults.consulVerifies(environment)));
        }

        private Optional<ClientCertificate> clientCertificate() throws ConfigException {
            Optional<Path> certificate = file(consulClientCert, "CONSUL_CLIENT_CERT", "--consul-client-cert");
            Optional<Path> key = file(consulClientKey, "CONSUL_CLIENT_KEY", "--consul-client-key");
            if (certificate.isPresent() != key.isPresent()) {
                throw new ConfigException(
                        certificate.isPresent()
                                ? "--consul-client-cert (or CONSUL_CLIENT_CERT) needs --consul-client-key (or CONSUL_CLIENT_KEY)"
                                : "--consul-client-key (or CONSUL_CLIENT_KEY) needs --consul-client-cert (or CONSUL_CLIENT_CERT)");
            }
            return certificate.map(file -> new ClientCertificate(file, key.orElseThrow()));
        }

        private Optional<Path> file(@Nullable Path given, String variable, String flag) throws ConfigException {
            return given != null ? Optional.of(given) : Defaults.file(environment, variable, flag);
        }

        /**
         * Fills in the defaults and checks what must hold together.
         *
         * @throws ConfigException when the server would ask itself, or when a variable of the environment that is
         *     needed for a default cannot be read
         */
        public ServerConfig build() throws ConfigException {
            List<InetSocketAddress> listenOn = listen.isEmpty() ? Defaults.listen() : listen;
            InetSocketAddress agent = consul != null ? consul : Defaults.consul();
            Map<String, List<InetSocketAddress>> others = unique("--zone", zones);
            List<InetSocketAddress> asked = new ArrayList<>(recursors);
            asked.add(agent);
            others.values().forEach(asked::addAll);
            for (InetSocketAddress upstream : asked) {
                if (listenOn.contains(upstream)) {
                    throw new ConfigException(HostPort.format(upstream)
                            + " is an address this server listens on: it would ask itself."
                            + " Change --listen, --consul, --zone or --recursor");
                }
            }
            checkDomains(others.keySet());
            return new ServerConfig(
                    listenOn,
                    agent,
                    withoutConsulHttp ? Optional.empty() : Optional.of(agentApi()),
                    new AgentOverrides(
                            altDomains,
                            udpAnswerLimit,
                            aRecordLimit,
                            truncate,
                            new TtlOverrides(unique("--service-ttl", serviceTtl), nodeTtl, negativeTtl)),
                    others,
                    recursors,
                    domain,
                    admin,
                    logLevel,
                    udpSize,
                    allow,
                    stateDir != null ? stateDir : Defaults.stateDir(environment),
                    cacheSize,
                    negativeCacheSize,
                    maxTtl,
                    new StaleSettings(
                            StalePolicy.CONSUL
                                    .with(maxStale, maxStaleUnreachable, staleTtl)
                                    .withHoldDown(holdDown),
                            StalePolicy.RECURSORS.with(recursorMaxStale, recursorMaxStale, recursorStaleTtl)),
                    new WatchSettings(watch, watches, ttlZeroCache),
                    new LoadPolicy(maxConcurrent, prefetch),
                    eventLoops,
                    tcpIdleTimeout,
                    maxTcpConnections,
                    maxTcpConnectionsPerClient);
        }

        /** A name has one agent that answers for it. */
        private void checkDomains(Set<String> others) throws ConfigException {
            List<String> domains = new ArrayList<>(altDomains);
            domains.add(domain);
            domains.addAll(others);
            Set<String> seen = new HashSet<>();
            for (String name : domains) {
                if (!seen.add(name)) {
                    throw new ConfigException("the domain " + name
                            + " stands twice. Each can be one of --domain, --alt-domain and --zone, once");
                }
            }
        }

        private static <V> Map<String, V> unique(String flag, List<Map.Entry<String, V>> entries)
                throws ConfigException {
            Map<String, V> values = new LinkedHashMap<>();
            for (Map.Entry<String, V> entry : entries) {
                if (values.putIfAbsent(entry.getKey(), entry.getValue()) != null) {
                    throw new ConfigException(flag + ": " + entry.getKey() + " stands twice");
                }
            }
            return values;
        }
    }
}
