package io.github.consulresolver.server.differential;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.server.Server;
import io.github.consulresolver.server.StartException;
import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.ServerConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * One agent in one configuration, and a server of ours in front of it for each transport, so that each has a cache of its own: the
 * first time a question comes by it, it is not there, the second time it is (where its TTL is not 0).
 */
final class Suite implements AutoCloseable {

    /** Enough to see each of a handful of answers that are drawn at random. */
    private static final int DRAWS = 60;

    private final String version;
    private final String configuration;
    private final DnsClient agent;
    private final Excuses excuses;
    private int limit = 3;
    private final Map<Transport, Server> servers = new EnumMap<>(Transport.class);
    private final long start = System.nanoTime();

    /** @param settings what the server is told beside where the agent is */
    Suite(ConsulAgent agent, String configuration, Excuses excuses, UnaryOperator<ServerConfig.Builder> settings) {
        version = agent.version();
        this.configuration = configuration;
        this.agent = DnsClient.of(agent.dnsAddress());
        this.excuses = excuses;
        try {
            for (Transport transport : Transport.values()) {
                ServerConfig.Builder config = ServerConfig.builder(Map.of())
                        .listen(List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                        .consul(agent.dnsAddress())
                        .consulHttp(URI.create(
                                "http://127.0.0.1:" + agent.httpAddress().getPort()))
                        // An agent on a busy machine is slow: what it said before must not be taken for what it says
                        // now.
                        .maxStale(Duration.ZERO)
                        .maxStaleUnreachable(Duration.ZERO)
                        .recursorMaxStale(Duration.ZERO)
                        .admin(Optional.empty())
                        .eventLoops(1);
                servers.put(transport, Server.start(settings.apply(config).build(), new SimpleMeterRegistry()));
            }
        } catch (ConfigException | StartException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Says how many instances the agent gives without EDNS, where that is not the default. */
    Suite limitedTo(int instances) {
        limit = instances;
        return this;
    }

    /** A test for each line of the tables. */
    Stream<DynamicTest> tests(String... tables) {
        return tests(() -> {}, tables);
    }

    /** @param before run before each of them */
    Stream<DynamicTest> tests(Runnable before, String... tables) {
        return Stream.of(tables)
                .flatMap(table -> Table.cases(table, Set.of(version, configuration)).stream())
                .map(asked -> DynamicTest.dynamicTest(configuration + ": " + asked, () -> {
                    before.run();
                    compare(asked);
                }));
    }

    /** Waits until a line is answered alike: what the servers read from the agent, they read soon after their start. */
    Suite settled(String line) {
        Case asked = Case.parse(line, Set.of(version, configuration)).orElseThrow();
        long begin = System.nanoTime();
        try {
            while (!differences(asked).isEmpty()) {
                if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(10)) {
                    compare(asked);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private void compare(Case asked) throws IOException {
        DifferentialLog.compared(version, configuration, asked);
        List<String> differences = differences(asked);
        if (!differences.isEmpty()) {
            throw new AssertionError(String.join(System.lineSeparator(), differences));
        }
    }

    private List<String> differences(Case asked) throws IOException {
        List<Message> whole = whole(asked);
        List<String> differences = new ArrayList<>();
        for (Transport transport : Transport.values()) {
            Message same = agent.ask(transport.protocol(), asked.query(transport));
            for (String state : List.of("cold", "cached")) {
                byte[] reply = DnsClient.of(
                                servers.get(transport).listenAddresses().get(0))
                        .ask(transport.protocol(), asked.query(transport).toWire());
                Message ours = new Message(reply);
                List<Finding> findings =
                        Comparison.of(asked, transport, new Replies(whole, same, ours, reply.length, limit, age()));
                List<Finding> unexcused = excuses.without(findings, asked, ours);
                if (!unexcused.isEmpty()) {
                    differences.add(asked + " over " + transport + ", " + state + ": " + unexcused);
                    differences.add(SideBySide.of("Consul " + version, same, "ours", ours));
                }
            }
        }
        return differences;
    }

    /** What the agent has to say, in one message; or in several, each of which would do. */
    private List<Message> whole(Case asked) throws IOException {
        boolean drawn = asked.has(Flag.RANDOM) || asked.has(Flag.SAMPLE);
        List<Message> draws = new ArrayList<>();
        for (int i = 0; i < (drawn ? DRAWS : 1); i++) {
            draws.add(agent.ask(Transport.TCP.protocol(), asked.query(Transport.TCP)));
        }
        return asked.has(Flag.SAMPLE) ? List.of(union(draws)) : draws;
    }

    private static Message union(List<Message> draws) {
        Message all = draws.get(0).clone();
        for (Message draw : draws) {
            for (int section : new int[] {Section.ANSWER, Section.ADDITIONAL}) {
                Set<Record> known = new HashSet<>(all.getSection(section));
                draw.getSection(section).stream()
                        .filter(record -> !known.contains(record))
                        .forEach(record -> all.addRecord(record, section));
            }
        }
        return all;
    }

    private long age() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + 1;
    }

    @Override
    public void close() {
        servers.values().forEach(Server::close);
    }
}
