package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Addresses that come and go, sockets of either kind, and who may ask. An upstream within the process knows every name. */
final class ListenersTest {
    private static final Message QUERY = DnsClient.question("web.service.consul.", Type.A);

    private final CountDownLatch asked = new CountDownLatch(2);
    private EventLoops loops = new EventLoops(1);
    private Listeners listeners = listeners(ListenersTest::answer);

    @AfterEach
    void end() {
        listeners.close();
        loops.close();
    }

    @Test
    void an_address_that_is_new_is_listened_on_and_one_that_is_gone_is_not() throws IOException {
        listeners.open(at("0.0.0.0", 0));
        int port = listeners.addresses().get(0).getPort();

        listeners.rescan(host("127.0.0.1", "127.0.0.3"));

        assertThat(listeners.addresses()).containsExactlyInAnyOrder(at("127.0.0.1", port), at("127.0.0.3", port));
        assertThat(ask("127.0.0.3", port).getRcode()).isEqualTo(Rcode.NOERROR);

        listeners.rescan(host("127.0.0.1"));
        assertThat(listeners.addresses()).containsExactly(at("127.0.0.1", port));
    }

    @Test
    void an_address_that_was_asked_for_by_itself_stays() throws IOException {
        listeners.open(at("127.0.0.9", 0));
        int port = listeners.addresses().get(0).getPort();
        listeners.open(at("0.0.0.0", port));

        listeners.rescan(host("127.0.0.1"));

        assertThat(listeners.addresses()).contains(at("127.0.0.9", port));
        assertThat(ask("127.0.0.9", port).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void an_address_that_cannot_be_used_yet_is_tried_again() throws IOException {
        listeners.open(at("0.0.0.0", 0));
        int before = listeners.addresses().size();
        // For documentation (RFC 5737): no host has it.
        Interfaces unusable = host("127.0.0.1", "198.51.100.1");

        listeners.rescan(unusable);
        listeners.rescan(Interfaces.now());

        assertThat(listeners.addresses()).hasSize(before);
    }

    @Test
    void nothing_is_opened_once_it_has_ended() throws IOException {
        listeners.open(at("0.0.0.0", 0));
        listeners.close();
        listeners.rescan(host("127.0.0.1"));
        assertThat(listeners.addresses()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sockets_of_either_kind_answer(boolean epoll) throws IOException {
        use(epoll, ListenersTest::answer);
        listeners.open(at("127.0.0.1", 0));
        DnsClient client = DnsClient.of(listeners.addresses().get(0));
        for (Protocol protocol : Protocol.values()) {
            assertThat(client.ask(protocol, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(client.ask(protocol, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sockets_of_either_kind_tell_those_who_wait_of_the_end(boolean epoll) throws Exception {
        use(epoll, question -> {
            asked.countDown();
            return new CompletableFuture<>();
        });
        listeners.open(at("127.0.0.1", 0));
        DnsClient client = DnsClient.of(listeners.addresses().get(0));
        CompletableFuture<Message> overUdp = later(client, Protocol.UDP, "udp.service.consul.");
        CompletableFuture<Message> overTcp = later(client, Protocol.TCP, "tcp.service.consul.");
        asked.await();

        listeners.close();

        assertThat(overUdp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(overTcp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
    }

    @Test
    void who_may_not_ask_is_refused_over_both_protocols() throws IOException {
        listeners = listeners(ListenersTest::answer, listen -> client -> false);
        listeners.open(at("127.0.0.1", 0));
        DnsClient client = DnsClient.of(listeners.addresses().get(0));
        for (Protocol protocol : Protocol.values()) {
            Message reply = client.ask(protocol, QUERY);
            assertThat(reply.getRcode()).isEqualTo(Rcode.REFUSED);
            assertThat(reply.getQuestion()).isEqualTo(QUERY.getQuestion());
        }
    }

    @Test
    void who_may_not_ask_and_speaks_edns_is_told_that_this_is_why() throws IOException {
        listeners = listeners(ListenersTest::answer, listen -> client -> false);
        listeners.open(at("127.0.0.1", 0));
        Message query = DnsClient.question("web.service.consul.", Type.A);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        Message reply = DnsClient.of(listeners.addresses().get(0)).ask(Protocol.UDP, query);

        assertThat(reply.getOPT().getOptions())
                .containsExactly(new ExtendedErrorCodeOption(ExtendedErrorCodeOption.PROHIBITED));
    }

    private void use(boolean epoll, Upstream upstream) {
        loops.close();
        loops = new EventLoops(1, epoll && Epoll.isAvailable(), Optional.empty());
        listeners = listeners(upstream);
    }

    private Listeners listeners(Upstream upstream) {
        return listeners(upstream, listen -> client -> true);
    }

    private Listeners listeners(Upstream upstream, Function<InetAddress, AccessRule> access) {
        AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
        Zones zones = new Zones(
                List.of(Zone.consul(DomainName.of("consul"), upstream), Zone.recursive(DomainName.ROOT, upstream, 60)));
        Resolver resolver = new Resolver(zones, cache, System::nanoTime, (delay, task) -> () -> {});
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Function<Executor, QueryHandler> newHandler =
                loop -> Handlers.handler(cache, resolver, meters, System::nanoTime, loop);
        return new Listeners(loops, newHandler, access, new ConnectionLimit(10, 10), Duration.ofSeconds(10));
    }

    private static CompletableFuture<byte[]> answer(Question question) {
        String name = question.name();
        return CompletableFuture.completedFuture(Reply.to(name, question.type())
                .answer(name + " 60 IN A 10.0.0.1")
                .wire());
    }

    private static Message ask(String address, int port) throws IOException {
        return DnsClient.of(at(address, port)).ask(Protocol.UDP, QUERY);
    }

    private static CompletableFuture<Message> later(DnsClient client, Protocol protocol, String name) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.ask(protocol, DnsClient.question(name, Type.A));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    private static InetSocketAddress at(String address, int port) {
        try {
            return HostPort.local(address, port);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Interfaces host(String... addresses) {
        Map<InetAddress, Integer> prefixes = new LinkedHashMap<>();
        for (String address : addresses) {
            prefixes.put(at(address, 0).getAddress(), 8);
        }
        return new Interfaces(prefixes);
    }
}
