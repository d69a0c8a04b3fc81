package io.github.consulresolver.server;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a real agent. Services that are called "lasting" have a TTL of an hour, all others none. */
@WithConsul(config = """
        {"dns_config": {"service_ttl": {"lasting*": "3600s"}}}
        """)
final class ServerConsulTest {
    private static final int CLIENTS = 1_000;

    private final ConsulAgent agent;
    private final CountingProxy proxy;
    private final TestServer server;

    ServerConsulTest(ConsulAgent agent) throws StartException {
        this.agent = agent;
        proxy = CountingProxy.inFrontOf(agent.dnsAddress());
        // One loop, so that the same chance decides in each run.
        server = TestServer.start(proxy.address(), config -> config.eventLoops(1));
    }

    @AfterEach
    void end() {
        server.close();
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void names_have_the_records_that_the_agent_gives(Protocol protocol) throws IOException {
        agent.register(
                Instance.of("same", "10.1.0.1", 8001).tags("blue").weights(7, 1),
                Instance.of("same", "10.1.0.2", 8002).tags("green"),
                Instance.of("same", "10.1.0.3", 8003).on("same-node", "10.1.0.30"),
                Instance.of("same", "fd00::4", 8004));

        assertThatTheSameIsTold(protocol, "same.service.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "same.service.consul.", Type.AAAA);
        assertThatTheSameIsTold(protocol, "same.service.consul.", Type.SRV);
        assertThatTheSameIsTold(protocol, "blue.same.service.consul.", Type.SRV);
        assertThatTheSameIsTold(protocol, "_same._tcp.service.consul.", Type.SRV);
        assertThatTheSameIsTold(protocol, "same.service.dc1.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "same-node.node.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "same-node.node.consul.", Type.AAAA);
        assertThatTheSameIsTold(protocol, "consul-test.node.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "consul-test.node.consul.", Type.TXT);
        assertThatTheSameIsTold(protocol, "consul.service.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "consul.", Type.NS);
        assertThatTheSameIsTold(protocol, "missing.service.consul.", Type.A);
        assertThatTheSameIsTold(protocol, "same.service.consul.", Type.MX);
    }

    @Test
    void a_large_service_is_whole_over_tcp_after_any_number_of_udp_clients_asked() throws IOException {
        agent.register(Instance.many("lasting-large", 300));
        for (int i = 0; i < 20; i++) {
            assertThat(ask(Protocol.UDP, "lasting-large", Type.A)).hasSize(3);
        }
        assertThat(ask(Protocol.TCP, "lasting-large", Type.A)).hasSize(300).doesNotHaveDuplicates();
        assertThat(proxy.queries()).isEqualTo(1);
    }

    @Test
    void udp_clients_without_edns_are_spread_evenly_over_all_instances() throws IOException {
        agent.register(Instance.many("lasting-even", 300));
        List<Record> first = new ArrayList<>();
        List<List<Record>> pairs = new ArrayList<>();
        Set<Record> seen = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            List<Record> answers = ask(Protocol.UDP, "lasting-even", Type.A);
            first.add(answers.get(0));
            pairs.add(answers.subList(0, 2));
            seen.addAll(answers);
        }
        assertThat(seen).hasSize(300);
        assertThat(ChiSquare.looksUniform(counts(first), 300)).isTrue();
        assertThat(ChiSquare.looksUniform(counts(pairs), 300 * 299)).isTrue();
    }

    @Test
    void a_thousand_clients_of_one_cold_name_are_one_query_to_the_agent() throws IOException {
        agent.register(Instance.many("cold", 10));
        proxy.hold();
        List<DatagramSocket> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            DatagramSocket client = new DatagramSocket();
            client.connect(server.address());
            client.setSoTimeout(30_000);
            byte[] query = DnsClient.question("cold.service.consul.", Type.A).toWire();
            client.send(new DatagramPacket(query, query.length));
            clients.add(client);
        }
        Await.until("all wait", () -> server.coalesced() == CLIENTS - 1);
        proxy.release();

        List<List<Record>> orders = new ArrayList<>();
        for (DatagramSocket client : clients) {
            DatagramPacket reply = new DatagramPacket(new byte[512], 512);
            client.receive(reply);
            Message message = new Message(Arrays.copyOf(reply.getData(), reply.getLength()));
            assertThat(message.getSection(Section.ANSWER)).hasSize(3);
            orders.add(message.getSection(Section.ANSWER));
            client.close();
        }
        assertThat(proxy.queries()).isEqualTo(1);
        assertThat(counts(orders)).as("each has an order of its own").hasSizeGreaterThan(400);
    }

    @Test
    void a_ttl_counts_down_until_the_agent_is_asked_again() throws IOException {
        agent.register(Instance.of("lasting-one", "10.2.0.1", 80));
        assertThat(ttl("lasting-one")).isEqualTo(3_600);

        server.skip(Duration.ofSeconds(100).toNanos());
        assertThat(ttl("lasting-one")).isBetween(3_498L, 3_500L);
        assertThat(proxy.queries()).isEqualTo(1);

        server.skip(Duration.ofSeconds(3_500).toNanos());
        assertThat(ttl("lasting-one")).isEqualTo(3_600);
        assertThat(proxy.queries()).isEqualTo(2);
    }

    @Test
    void what_has_no_ttl_is_asked_again() throws IOException {
        Instance first = Instance.of("fleeting", "10.3.0.1", 80);
        agent.register(first, Instance.of("fleeting", "10.3.0.2", 80));
        assertThat(ttl("fleeting")).isZero();

        agent.deregister(first);

        assertThat(ask(Protocol.UDP, "fleeting", Type.A))
                .extracting(Record::rdataToString)
                .containsExactly("10.3.0.2");
        assertThat(proxy.queries()).isEqualTo(2);
    }

    @Test
    void a_name_that_does_not_exist_is_there_as_soon_as_it_does() throws IOException {
        assertThat(server.ask(Protocol.UDP, "late.service.consul.", Type.A).getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
        agent.register(Instance.of("late", "10.4.0.1", 80));
        assertThat(ask(Protocol.UDP, "late", Type.A)).hasSize(1);
    }

    @Test
    void a_service_larger_than_a_message_is_as_whole_over_tcp_as_the_agent_tells_it() throws IOException {
        agent.register(Instance.many("lasting-huge", 1_500));
        int told = DnsClient.of(agent.dnsAddress())
                .ask(Protocol.TCP, DnsClient.question("lasting-huge.service.consul.", Type.SRV))
                .getSection(Section.ANSWER)
                .size();

        Message reply = server.ask(Protocol.TCP, "lasting-huge.service.consul.", Type.SRV);
        List<Record> answers = reply.getSection(Section.ANSWER);
        Set<Name> targets =
                answers.stream().map(srv -> ((SRVRecord) srv).getTarget()).collect(toSet());
        Set<Name> glue = reply.getSection(Section.ADDITIONAL).stream()
                .filter(record -> record.getType() == Type.A)
                .map(Record::getName)
                .collect(toSet());

        assertThat(answers).hasSizeGreaterThanOrEqualTo(told).doesNotHaveDuplicates();
        assertThat(told).as("what this test is about").isGreaterThan(900);
        assertThat(targets).hasSameSizeAs(answers).containsAll(glue);
        assertThat(glue).hasSizeGreaterThan(600);
        assertThat(ask(Protocol.TCP, "lasting-huge", Type.A)).hasSize(1_500);
    }

    @Test
    void an_agent_that_is_gone_is_told_at_once_and_found_again() throws IOException, StartException {
        agent.register(Instance.of("back", "10.5.0.1", 80).on("back-node", "10.5.0.1"));
        try (TestServer direct = TestServer.start(agent.dnsAddress())) {
            DnsClient client = new DnsClient(direct.address(), Duration.ofSeconds(1));
            Message query = DnsClient.question("back.service.consul.", Type.A);
            agent.kill();
            assertThat(client.ask(Protocol.UDP, query).getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(client.ask(Protocol.TCP, query).getRcode()).isEqualTo(Rcode.SERVFAIL);

            agent.restart();
            // Its DNS is back before its data is.
            Await.until("the name is there again", () -> answers(direct, query) == 1);
        }
    }

    @Test
    void names_under_the_zone_go_to_the_agent_and_others_to_the_recursor() throws IOException, StartException {
        try (ScriptedUpstream recursor = ScriptedAgent.withInstances(1);
                TestServer both = behind(recursor.address())) {
            for (String name : List.of("consul.service.consul.", "no.such.name.consul.", "consul.", "x.CONSUL.")) {
                both.ask(Protocol.UDP, name, Type.A);
                both.ask(Protocol.TCP, name, Type.DS);
            }
            assertThat(recursor.received()).isZero();
            int toTheAgent = proxy.queries();

            for (String name : List.of("example.org.", "notconsul.", "consul.example.", ".")) {
                assertThat(both.ask(Protocol.UDP, name, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
            }
            assertThat(recursor.received()).isEqualTo(4);
            assertThat(proxy.queries()).isEqualTo(toTheAgent);
        }
    }

    @Test
    void the_next_recursor_is_asked_when_one_fails() throws IOException, StartException {
        try (ScriptedUpstream broken = ScriptedUpstream.answering(
                        query -> Reply.to(query).rcode(Rcode.SERVFAIL).message());
                ScriptedUpstream good = ScriptedAgent.withInstances(1);
                TestServer both = behind(broken.address(), good.address())) {
            assertThat(both.ask(Protocol.UDP, "example.org.", Type.A).getSection(Section.ANSWER))
                    .hasSize(1);
            assertThat(broken.received()).isEqualTo(1);
        }
    }

    @Test
    void a_cut_answer_of_a_recursor_is_fetched_over_tcp_and_given_whole_or_not_at_all()
            throws IOException, StartException {
        try (ScriptedUpstream recursor = ScriptedUpstream.start(query -> query.reply(
                        query.protocol() == Protocol.TCP
                                ? ScriptedAgent.answer(query.message(), 200)
                                : Reply.to(query.message()).flag(Flags.TC).message()));
                TestServer both = behind(recursor.address())) {
            Message overTcp = both.ask(Protocol.TCP, "example.org.", Type.A);
            assertThat(overTcp.getSection(Section.ANSWER)).hasSize(200);

            Message overUdp = both.ask(Protocol.UDP, "example.org.", Type.A);
            assertThat(overUdp.getHeader().getFlag(Flags.TC)).isTrue();
            assertThat(overUdp.getSection(Section.ANSWER)).isEmpty();
            assertThat(recursor.received()).isEqualTo(2);
        }
    }

    @Test
    void without_recursors_other_names_fail_and_consul_names_are_answered() throws IOException {
        assertThat(server.ask(Protocol.UDP, "example.org.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(ask(Protocol.UDP, "consul", Type.A)).hasSize(1);
    }

    private static int answers(TestServer server, Message query) {
        try {
            return server.ask(Protocol.UDP, query).getSection(Section.ANSWER).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TestServer behind(InetSocketAddress... recursors) throws StartException {
        return TestServer.start(proxy.address(), config -> config.recursors(List.of(recursors)));
    }

    private List<Record> ask(Protocol protocol, String service, int type) throws IOException {
        return server.ask(protocol, service + ".service.consul.", type).getSection(Section.ANSWER);
    }

    private long ttl(String service) throws IOException {
        return ask(Protocol.UDP, service, Type.A).get(0).getTTL();
    }

    private void assertThatTheSameIsTold(Protocol protocol, String name, int type) throws IOException {
        Message query = DnsClient.question(name, type);
        query.addRecord(new OPTRecord(4_096, 0, 0), Section.ADDITIONAL);
        Message expected = DnsClient.of(agent.dnsAddress()).ask(protocol, query);
        Message actual = server.ask(protocol, query);

        assertThat(actual.getRcode()).as(name).isEqualTo(expected.getRcode());
        assertThat(actual.getHeader().getFlag(Flags.AA))
                .as(name)
                .isEqualTo(expected.getHeader().getFlag(Flags.AA));
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL}) {
            assertThat(records(actual, section))
                    .as("%s %s, section %s", name, Type.string(type), section)
                    .containsExactlyInAnyOrderElementsOf(records(expected, section));
        }
    }

    /** Each once, as text with its TTL; but for the serial number of the SOA, which is the time. */
    private static List<String> records(Message message, int section) {
        return message.getSection(section).stream()
                .filter(record -> record.getType() != Type.OPT)
                .map(Record::toString)
                .map(text -> text.replaceAll("(SOA\\s+\\S+\\s+\\S+) \\d+", "$1 (serial)"))
                .distinct()
                .toList();
    }

    private static <T> Collection<Integer> counts(Collection<T> outcomes) {
        Map<T, Integer> counts = outcomes.stream().collect(groupingBy(identity(), summingInt(outcome -> 1)));
        return counts.values();
    }
}
