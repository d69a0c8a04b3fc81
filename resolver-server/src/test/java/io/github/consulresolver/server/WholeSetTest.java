package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.Status;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What is made of the agent's HTTP API is what its DNS says. */
@WithConsul(config = """
        {"dns_config": {"service_ttl": {"*": "9s"}}}
        """)
final class WholeSetTest {
    private final ConsulAgent agent;

    WholeSetTest(ConsulAgent agent) {
        this.agent = agent;
    }

    /** Each answer is cut to one record on its way, so that the others can be of the catalog only. */
    @Test
    void a_set_that_is_made_of_the_catalog_is_what_the_agent_answers_over_TCP() throws Exception {
        Instance frail = Instance.of("mixed", "10.9.0.10", 8010).weights(10, 3);
        Instance dead = Instance.of("mixed", "10.9.0.11", 8011).on("dead-node", "10.9.1.11");
        agent.register(
                frail,
                dead,
                Instance.of("mixed", "10.9.0.1", 8001).tags("Red", "v1.2"),
                Instance.of("mixed", "10.9.0.1", 8001).id("mixed-twin"),
                Instance.of("mixed", "", 8002).id("mixed-2").on("Node-Four", "10.9.1.2"),
                Instance.of("mixed", "", 8003).id("mixed-3").tags("red").on("node-six", "fd00::1:3"),
                Instance.of("mixed", "fd00::4", 8004).tags("red"),
                Instance.of("mixed", "10.9.0.5", 8005).taggedAddresses(Map.of("lan_ipv6", "fd00::5")),
                Instance.of("mixed", "fd00::6", 8006).taggedAddresses(Map.of("lan_ipv4", "10.9.0.6")),
                Instance.of("mixed", "Host.Example.com", 8007),
                Instance.of("mixed", "10.9.0.8", 8008).weights(7, 2).on("node-eight", "fd00::1:8"));
        agent.setStatus(frail, Status.WARNING);
        agent.setStatus(dead, Status.CRITICAL);

        try (ScriptedUpstream cutting = ScriptedUpstream.start(this::cut);
                TestServer server = TestServer.start(cutting.address(), config -> config.consulHttp(http()))) {
            Await.until("the agent's settings are known", server::knowsSettings);
            for (String name : List.of(
                    "mixed.service.consul.",
                    "mixed.service.dc1.consul.",
                    "red.mixed.service.consul.",
                    "v1.2.mixed.service.consul.",
                    "_mixed._red.service.consul.",
                    "_mixed._tcp.service.consul.")) {
                for (int type : new int[] {Type.SRV, Type.A, Type.AAAA, Type.ANY}) {
                    Message agents = DnsClient.of(agent.dnsAddress()).ask(Protocol.TCP, DnsClient.question(name, type));
                    Message ours = server.ask(Protocol.TCP, name, type);
                    String what = name + " " + Type.string(type);

                    assertThat(lines(ours, Section.ANSWER))
                            .as(what)
                            .containsExactlyInAnyOrderElementsOf(lines(agents, Section.ANSWER));
                    assertThat(glue(ours)).as(what).isEqualTo(glue(agents));
                }
            }
            assertThat(server.partial("consul.")).isZero();
        }
    }

    /** SRV answers of the agent stop at 1,024 over TCP, and at what fits a datagram over UDP. */
    @Test
    void a_service_that_no_answer_of_the_agent_holds_is_given_to_somebody_all_the_same() throws Exception {
        agent.register(Instance.many("huge", 1_300));

        try (TestServer server = TestServer.start(agent.dnsAddress(), config -> config.consulHttp(http()))) {
            Set<String> targets = new HashSet<>();
            int largest = 0;
            for (int i = 0; i < 40; i++) {
                List<Record> answers = server.ask(Protocol.TCP, "huge.service.consul.", Type.SRV)
                        .getSection(Section.ANSWER);
                answers.forEach(
                        record -> targets.add(((SRVRecord) record).getTarget().toString()));
                largest = Math.max(largest, answers.size());
            }

            assertThat(targets).hasSize(1_300);
            assertThat(server.ask(Protocol.UDP, "huge.service.consul.", Type.SRV)
                            .getSection(Section.ANSWER))
                    .hasSize(3);
            assertThat(server.ask(Protocol.TCP, "huge.service.consul.", Type.A).getSection(Section.ANSWER))
                    .hasSize(1_300);
            assertThat(largest).isGreaterThan(1_024);
            assertThat(server.partial("consul.")).isZero();
        }
    }

    @Test
    void without_HTTP_it_is_what_the_agents_DNS_gives_and_counted_as_partial() throws Exception {
        agent.register(Instance.many("huge", 1_300));

        try (TestServer server = TestServer.start(agent.dnsAddress())) {
            List<Record> answers =
                    server.ask(Protocol.TCP, "huge.service.consul.", Type.SRV).getSection(Section.ANSWER);

            assertThat(answers).hasSizeBetween(900, 1_299);
            assertThat(server.partial("consul.")).isEqualTo(1);
            assertThat(server.partial(".")).isZero();
        }
    }

    private URI http() {
        return URI.create("http://127.0.0.1:" + agent.httpAddress().getPort());
    }

    private void cut(ClientQuery query) throws IOException {
        Record question = query.message().getQuestion();
        Message whole = DnsClient.of(agent.dnsAddress())
                .ask(Protocol.TCP, DnsClient.question(question.getName().toString(), question.getType()));
        Message cut = Reply.to(query.message()).flag(Flags.AA).flag(Flags.TC).message();
        whole.getSection(Section.ANSWER).stream().limit(1).forEach(record -> cut.addRecord(record, Section.ANSWER));
        query.reply(cut);
    }

    private static List<String> lines(Message message, int section) {
        return message.getSection(section).stream().map(Record::toString).toList();
    }

    private static Set<String> glue(Message message) {
        return message.getSection(Section.ADDITIONAL).stream()
                .filter(record -> record.getType() == Type.A || record.getType() == Type.AAAA)
                .map(Record::toString)
                .collect(Collectors.toSet());
    }
}
