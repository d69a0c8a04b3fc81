package io.github.consulresolver.server;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.ServerConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.xbill.DNS.Message;

/** A server on a free port of loopback, whose time a test may move on. */
final class TestServer implements AutoCloseable {
    private final Server server;
    private final InetSocketAddress address;
    private final SimpleMeterRegistry meters;
    private final AtomicLong skipped;

    private TestServer(Server server, SimpleMeterRegistry meters, AtomicLong skipped) {
        this.server = server;
        address = server.listenAddresses().get(0);
        this.meters = meters;
        this.skipped = skipped;
    }

    /** In front of an agent and without recursors. */
    static TestServer start(InetSocketAddress agent) throws StartException {
        return start(agent, config -> config);
    }

    /** The same, and what was known is given when the agent has no answer, as long as is the default. */
    static TestServer startWithStaleAnswers(InetSocketAddress agent) throws StartException {
        return start(agent, config -> config.maxStale(Duration.ofSeconds(60)).maxStaleUnreachable(Duration.ofHours(1)));
    }

    /** The same with other settings. */
    static TestServer start(InetSocketAddress agent, UnaryOperator<ServerConfig.Builder> settings)
            throws StartException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        AtomicLong skipped = new AtomicLong();
        SplittableRandom random = new SplittableRandom(7);
        Server server =
                Server.start(config(agent, settings), meters, () -> System.nanoTime() + skipped.get(), random::split);
        return new TestServer(server, meters, skipped);
    }

    static ServerConfig config(InetSocketAddress agent, UnaryOperator<ServerConfig.Builder> settings) {
        ServerConfig.Builder defaults = ServerConfig.builder(Map.of())
                .listen(List.of(loopback(0)))
                .consul(agent)
                // An agent that happens to run on this machine must not have a say.
                .withoutConsulHttp()
                // An agent on a busy machine is slow: what it said before must not be taken for what it says now.
                .maxStale(Duration.ZERO)
                .maxStaleUnreachable(Duration.ZERO)
                .recursorMaxStale(Duration.ZERO)
                .admin(Optional.empty())
                .eventLoops(2);
        try {
            return settings.apply(defaults).build();
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** The first, also when it is listened on no longer. */
    InetSocketAddress address() {
        return address;
    }

    /** All that are listened on now. */
    List<InetSocketAddress> addresses() {
        return server.listenAddresses();
    }

    /** Asks with RD and without EDNS; {@code type} is one of {@link org.xbill.DNS.Type}. */
    Message ask(Protocol protocol, String name, int type) throws IOException {
        return ask(protocol, DnsClient.question(name, type));
    }

    Message ask(Protocol protocol, Message query) throws IOException {
        return DnsClient.of(address()).ask(protocol, query);
    }

    /** Moves its time on. */
    void skip(long nanos) {
        skipped.addAndGet(nanos);
    }

    boolean knowsSettings() {
        return meters.get("consul.resolver.agent.settings.known").gauge().value() == 1;
    }

    /** How many answers of a zone may not have been complete. */
    int partial(String zone) {
        Counter counter =
                meters.find("consul.resolver.partial.answers").tag("zone", zone).counter();
        return counter == null ? 0 : (int) counter.count();
    }

    /** How many queries waited for a question that was under way already. */
    int coalesced() {
        return (int) meters.get("consul.resolver.coalesced").functionCounter().count();
    }

    /** How many queries were answered from the cache because the answer was known to be true. */
    int coherent() {
        return answered("coherent");
    }

    /** How many queries were answered from this source: hit, stale, failure, miss, local. */
    int answered(String source) {
        return (int) meters.find("consul.resolver.queries").tag("source", source).functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .sum();
    }

    /** How many questions to an upstream had no answer. */
    int failures(InetSocketAddress upstream) {
        String name = upstream.getAddress().getHostAddress() + ":" + upstream.getPort();
        return (int) meters.find("consul.resolver.upstream.failures").tag("server", name).counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    int flights() {
        return (int) meters.get("consul.resolver.flights").gauge().value();
    }

    /** How many questions to recursors came back. */
    int loops() {
        return (int) meters.get("consul.resolver.loops").functionCounter().count();
    }

    int connections() {
        return (int) meters.get("consul.resolver.tcp.connections").gauge().value();
    }

    @Override
    public void close() {
        server.close();
    }
}
