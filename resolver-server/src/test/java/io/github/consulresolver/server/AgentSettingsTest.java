package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.config.ServerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The whole server in front of a real agent that has settings of its own, and tells them. */
@WithConsul(config = """
        {"alt_domain": "Alt.Example",
         "dns_config": {"a_record_limit": 6, "udp_answer_limit": 5, "enable_truncate": true,
                        "node_ttl": "7s", "service_ttl": {"*": "9s"}}}
        """)
final class AgentSettingsTest {
    private final ConsulAgent agent;
    private Optional<TestServer> server = Optional.empty();

    AgentSettingsTest(ConsulAgent agent) {
        this.agent = agent;
    }

    @BeforeEach
    void register() {
        agent.register(Instance.many("mirrored", 20));
    }

    @AfterEach
    void end() {
        server.ifPresent(TestServer::close);
    }

    @Test
    void the_agents_limits_are_ours_and_what_is_kept_is_whole() throws IOException {
        TestServer server = mirroring(config -> config);

        assertThat(answers(server.ask(Protocol.UDP, "mirrored.service.consul.", Type.A)))
                .hasSize(5);
        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.consul.", Type.A)))
                .hasSize(6);
        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.consul.", Type.SRV)))
                .hasSize(20);
        assertThat(server.partial("consul.")).isZero();
    }

    /** The agent gives any 6 of 20; without the rest, one answer that is kept would pin everybody to 6. */
    @Test
    void every_instance_behind_the_agents_limit_is_given_to_somebody() throws IOException {
        TestServer server = mirroring(config -> config);
        ask(server, "mirrored.service.consul.", Type.A);

        assertThat(Stream.generate(() -> ask(server, "mirrored.service.consul.", Type.A))
                        .limit(200)
                        .flatMap(reply -> reply.getSection(Section.ANSWER).stream())
                        .map(Record::rdataToString)
                        .distinct())
                .hasSize(20);
    }

    @Test
    void where_our_limit_is_off_everybody_gets_the_whole_service() throws IOException {
        TestServer server = mirroring(config -> config.aRecordLimit(0));

        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.consul.", Type.A)))
                .hasSize(20);
    }

    @Test
    void TC_is_set_as_the_agent_would() throws IOException {
        TestServer server = mirroring(config -> config);

        Message cut = server.ask(Protocol.UDP, "mirrored.service.consul.", Type.A);
        Message whole = server.ask(Protocol.UDP, edns("mirrored.service.consul.", Type.A));

        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void flags_come_before_what_the_agent_says() throws IOException {
        TestServer server =
                mirroring(config -> config.udpAnswerLimit(2).aRecordLimit(4).truncate(Optional.of(false)));

        Message udp = server.ask(Protocol.UDP, "mirrored.service.consul.", Type.A);

        assertThat(answers(udp)).hasSize(2);
        assertThat(udp.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.consul.", Type.A)))
                .hasSize(4);
    }

    @Test
    void names_in_the_agents_alt_domain_are_answered_as_the_agent_answers_them() throws IOException {
        TestServer server = mirroring(config -> config);
        String name = "mirrored.service.alt.example.";

        assertThat(answers(server.ask(Protocol.TCP, name, Type.A))).hasSize(6);
        Message ours = server.ask(Protocol.TCP, name, Type.SRV);
        Message agents = DnsClient.of(agent.dnsAddress()).ask(Protocol.TCP, DnsClient.question(name, Type.SRV));
        assertThat(targets(ours))
                .containsExactlyInAnyOrderElementsOf(targets(agents))
                .hasSize(20);
        assertThat(server.ask(Protocol.UDP, "none.service.alt.example.", Type.A).getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
        assertThat(server.partial("alt.example.")).isZero();
    }

    @Test
    void an_alt_domain_that_is_configured_takes_the_place_of_the_agents() throws IOException {
        TestServer server = mirroring(config -> config.altDomains(List.of("alt.example", "other")));

        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.alt.example.", Type.A)))
                .hasSize(6);
        // An agent refuses names of a domain that it does not know: so it was asked.
        assertThat(server.ask(Protocol.UDP, "mirrored.service.other.", Type.A).getRcode())
                .isEqualTo(Rcode.REFUSED);
    }

    @Test
    void another_clusters_zone_is_answered_by_its_agents_in_their_order() throws IOException {
        TestServer server = mirroring(config -> config.domain("elsewhere")
                .altDomains(List.of("elsewhere.too"))
                .zones(List.of(Map.entry("consul", List.of(TestServer.loopback(1), agent.dnsAddress())))));

        assertThat(answers(server.ask(Protocol.TCP, "mirrored.service.consul.", Type.SRV)))
                .hasSize(20);
        assertThat(server.ask(Protocol.UDP, "none.service.consul.", Type.A).getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void TTLs_are_the_agents_where_none_is_configured() throws IOException {
        TestServer server = mirroring(config -> config);

        assertThat(ttl(server, "mirrored.service.consul.", Type.A)).isEqualTo(9);
        assertThat(ttl(server, "consul-test.node.consul.", Type.A)).isEqualTo(7);
    }

    @Test
    void TTLs_that_are_configured_replace_the_agents() throws IOException {
        TestServer server = mirroring(config -> config.serviceTtl(List.of(Map.entry("mirr*", 30), Map.entry("*", 20)))
                .nodeTtl(40)
                .negativeTtl(5));

        assertThat(ttl(server, "mirrored.service.consul.", Type.A)).isEqualTo(30);
        assertThat(ttl(server, "mirrored.service.consul.", Type.SRV)).isEqualTo(30);
        assertThat(ttl(server, "consul.service.consul.", Type.A)).isEqualTo(20);
        assertThat(ttl(server, "consul-test.node.consul.", Type.A)).isEqualTo(40);
        assertThat(server.ask(Protocol.UDP, "none.service.consul.", Type.A).getSection(Section.AUTHORITY))
                .extracting(Record::getTTL)
                .containsExactly(5L);
    }

    private static Message edns(String name, int type) {
        Message query = DnsClient.question(name, type);
        query.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
        return query;
    }

    private static long ttl(TestServer server, String name, int type) throws IOException {
        return server.ask(Protocol.TCP, name, type)
                .getSection(Section.ANSWER)
                .get(0)
                .getTTL();
    }

    private static List<Record> answers(Message reply) {
        return reply.getSection(Section.ANSWER);
    }

    private static List<String> targets(Message reply) {
        return answers(reply).stream()
                .map(record -> ((SRVRecord) record).getTarget().toString())
                .toList();
    }

    private static Message ask(TestServer server, String name, int type) {
        try {
            return server.ask(Protocol.TCP, name, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server that knows the agent's settings. */
    private TestServer mirroring(UnaryOperator<ServerConfig.Builder> settings) {
        URI http = URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
        try {
            TestServer started =
                    TestServer.start(agent.dnsAddress(), config -> settings.apply(config.consulHttp(http)));
            server = Optional.of(started);
            Await.until("the agent's settings are known", started::knowsSettings);
            return started;
        } catch (StartException e) {
            throw new IllegalStateException(e);
        }
    }
}
