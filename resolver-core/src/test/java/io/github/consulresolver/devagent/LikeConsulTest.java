package io.github.consulresolver.devagent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The same catalogue, the same questions, the same answers as those of the Consul that the in-memory agent imitates.
 */
@WithConsul(only = "1.20.", config = """
        {"node_name": "dev"}
        """)
class LikeConsulTest {
    private static final List<Integer> TYPES = List.of(
            Type.A,
            Type.AAAA,
            Type.SRV,
            Type.TXT,
            Type.ANY,
            Type.NS,
            Type.SOA,
            Type.MX,
            Type.CNAME,
            Type.PTR,
            Type.AXFR);
    private static final List<String> NAMES = List.of(
            "web.service.consul",
            "V1.Web.Service.Consul",
            "nope.web.service.consul",
            "nope.service.consul",
            "_web._tcp.service.consul",
            "_web._v1.service.consul",
            "_web._udp.service.consul",
            "_web._tcp.consul",
            "_web.service.consul",
            "web.service.dc1.consul",
            "web.service.DC1.dc.consul",
            "web.service.dc9.consul",
            "six.service.consul",
            "alias.service.consul",
            "external.service.consul",
            "sick.service.consul",
            "remote.service.consul",
            "dev.node.consul",
            "DEV.node.dc9.consul",
            "foo.bar.node.consul",
            "nope.node.consul",
            "7F000001.addr.consul",
            "7f00001.addr.consul",
            "a.7f000001.addr.consul",
            "consul",
            "service.consul",
            "web.query.consul",
            "web.connect.consul",
            "example.com",
            "1.0.0.10.in-addr.arpa",
            "2.4.0.10.in-addr.arpa",
            "9.9.9.10.in-addr.arpa");

    private final ConsulAgent consul;
    private final DevAgent agent = DevAgent.start();

    LikeConsulTest(ConsulAgent consul) {
        this.consul = consul;
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void every_kind_of_name_and_type_is_answered_alike() throws Exception {
        register("box", "10.0.4.9", "web", "10.0.0.1", 80, "passing");
        register("box", "10.0.4.9", "web", "10.0.0.2", 81, "warning");
        register("box", "10.0.4.9", "web", "10.0.0.3", 82, "critical");
        register("box", "10.0.4.9", "six", "fd00::1", 80, "passing");
        register("box", "10.0.4.9", "alias", "web.service.consul", 80, "passing");
        register("box", "10.0.4.9", "external", "www.example.com", 80, "passing");
        register("box", "10.0.4.9", "sick", "10.9.9.8", 80, "critical");
        register("Foo.Bar", "10.0.4.2", "remote", "", 7, "passing");

        SoftAssertions softly = new SoftAssertions();
        for (String name : NAMES) {
            for (int type : TYPES) {
                for (Protocol protocol : Protocol.values()) {
                    for (int size : new int[] {0, 4096}) {
                        Message query = query(name, type, size);
                        softly.assertThat(described(ask(agent, protocol, query)))
                                .as("%s %s %s %s", name, Type.string(type), protocol, size)
                                .isEqualTo(described(ask(consul, protocol, query)));
                    }
                }
            }
        }
        softly.assertAll();
    }

    @Test
    void big_answers_are_cut_at_the_same_place() throws Exception {
        for (int i = 0; i < 120; i++) {
            register("box", "10.0.4.9", "big", "10.1.0." + i, 1000 + i, "passing");
        }

        SoftAssertions softly = new SoftAssertions();
        for (int type : List.of(Type.A, Type.SRV, Type.TXT, Type.ANY)) {
            for (int size : new int[] {0, 300, 512, 513, 600, 1232, 4096}) {
                Message query = query("big.service.consul", type, size);
                Message expected = ask(consul, Protocol.UDP, query);
                Message actual = ask(agent, Protocol.UDP, query);
                softly.assertThat(List.of(actual.getSection(Section.ANSWER).size(), actual.getOPT() == null))
                        .as("%s at %s", Type.string(type), size)
                        .isEqualTo(List.of(expected.getSection(Section.ANSWER).size(), expected.getOPT() == null));
            }
        }
        softly.assertAll();
    }

    /** On other nodes than the agent's own: what it does not know of its own node, an agent takes out of the catalogue. */
    private void register(String node, String nodeAddress, String service, String address, int port, String status)
            throws Exception {
        String id = service + "-" + port;
        String body = """
                {"Node": "%s", "Address": "%s",
                 "Service": {"ID": "%s", "Service": "%s", "Address": "%s", "Port": %d, "Tags": ["v1"],
                             "Weights": {"Passing": 10, "Warning": 3}},
                 "Check": {"CheckID": "check-%s", "Name": "check", "ServiceID": "%s", "Status": "%s"}}""".formatted(node, nodeAddress, id, service, address, port, id, id, status);
        consul.put("/v1/catalog/register", body);
        HttpRequest request = HttpRequest.newBuilder(agent.httpUri().resolve("/v1/catalog/register"))
                .PUT(BodyPublishers.ofString(body))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    private static Message query(String name, int type, int size) {
        Message query = DnsClient.question(name, type);
        if (size > 0) {
            query.addRecord(new OPTRecord(size, 0, 0), Section.ADDITIONAL);
        }
        return query;
    }

    private static Message ask(ConsulAgent consul, Protocol protocol, Message query) throws Exception {
        return DnsClient.of(consul.dnsAddress()).ask(protocol, query);
    }

    private static Message ask(DevAgent agent, Protocol protocol, Message query) throws Exception {
        return DnsClient.of(agent.dnsAddress()).ask(protocol, query);
    }

    /** Without what differs between two replies of one agent: order, the case of compressed names, the SOA's serial. */
    private static List<String> described(Message reply) {
        List<String> lines = new ArrayList<>(
                List.of(reply.getHeader().printFlags() + " " + reply.getRcode(), String.valueOf(reply.getQuestion())));
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            String name = Section.string(section);
            List<String> records = reply.getSection(section).stream()
                    .map(LikeConsulTest::described)
                    .filter(text -> !text.contains("consul-version") && !text.contains("consul-network-segment"))
                    .sorted()
                    .toList();
            lines.add(name + " " + records);
        }
        return lines;
    }

    private static String described(Record record) {
        if (record instanceof SOARecord soa) {
            return (soa.getName() + " SOA " + soa.getHost() + " " + soa.getTTL() + " " + soa.getMinimum())
                    .toLowerCase(Locale.ROOT);
        }
        return record.toString().toLowerCase(Locale.ROOT);
    }
}
