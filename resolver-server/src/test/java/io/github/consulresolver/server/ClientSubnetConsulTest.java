package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.CountingProxy;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Where a client is (RFC 7871) matters to prepared queries, and to nothing else. All TTLs are an hour. */
@WithConsul(config = """
        {"dns_config": {"service_ttl": {"*": "3600s"}}}
        """)
final class ClientSubnetConsulTest {
    private final CountingProxy proxy;
    private final TestServer server;

    ClientSubnetConsulTest(ConsulAgent agent) throws StartException {
        agent.register(Instance.of("near", "10.0.0.1", 80), Instance.of("near", "10.0.0.2", 80));
        if (agent.get("/v1/query").equals("[]")) {
            agent.post("/v1/query", """
                    {"Name": "nearest", "Service": {"Service": "near", "Near": "_ip"}, "DNS": {"TTL": "3600s"}}
                    """);
        }
        proxy = CountingProxy.inFrontOf(agent.dnsAddress());
        server = TestServer.start(proxy.address());
    }

    @AfterEach
    void end() {
        server.close();
        proxy.close();
    }

    @ParameterizedTest
    @CsvSource({
        "nearest.query.consul., A, 24",
        "nearest.query.consul., TXT, 24",
        "nothing.query.consul., A, 0",
        "near.service.consul., A, 0",
        "near.service.consul., SRV, 0",
        "no.such.consul., A, 0",
        "consul., SOA, 0"
    })
    void the_scope_is_the_agents(String name, String type, int scope) throws IOException {
        Message query = asking(name, Type.value(type), "192.0.2.0");
        ClientSubnetOption agents = subnet(DnsClient.of(proxy.address()).ask(Protocol.UDP, query));
        ClientSubnetOption ours = subnet(server.ask(Protocol.UDP, asking(name, Type.value(type), "192.0.2.0")));

        assertThat(agents.getScopePrefixLength()).isEqualTo(scope);
        assertThat(ours).isEqualTo(agents);
    }

    @Test
    void each_network_has_an_answer_of_its_own_to_a_prepared_query() throws IOException {
        String name = "nearest.query.consul.";
        for (int round = 0; round < 2; round++) {
            assertThat(server.ask(Protocol.UDP, asking(name, Type.A, "192.0.2.0"))
                            .getRcode())
                    .isEqualTo(Rcode.NOERROR);
            server.ask(Protocol.UDP, asking(name, Type.A, "198.51.100.0"));
            server.ask(Protocol.UDP, asking(name, Type.A, null));
            assertThat(server.ask(Protocol.UDP, name, Type.A).getSection(Section.ANSWER))
                    .hasSize(2);
        }
        assertThat(proxy.queries()).as("two networks, and everybody else").isEqualTo(3);
    }

    @Test
    void all_networks_share_the_answer_about_a_service() throws IOException {
        String name = "near.service.consul.";
        server.ask(Protocol.UDP, name, Type.A);
        server.ask(Protocol.UDP, asking(name, Type.A, "192.0.2.0"));
        server.ask(Protocol.TCP, asking(name, Type.A, "198.51.100.0"));

        assertThat(proxy.queries()).isEqualTo(1);
    }

    @Test
    void who_tells_no_network_gets_none_back() throws IOException {
        Message reply = server.ask(Protocol.UDP, asking("nearest.query.consul.", Type.A, null));
        assertThat(reply.getOPT().getOptions()).isEmpty();
    }

    private static Message asking(String name, int type, @Nullable String network) throws UnknownHostException {
        Message query = DnsClient.question(name, type);
        List<EDNSOption> options =
                network == null ? List.of() : List.of(new ClientSubnetOption(24, 0, InetAddress.getByName(network)));
        query.addRecord(new OPTRecord(1232, 0, 0, 0, options), Section.ADDITIONAL);
        return query;
    }

    private static ClientSubnetOption subnet(Message reply) {
        return (ClientSubnetOption)
                reply.getOPT().getOptions(EDNSOption.Code.CLIENT_SUBNET).get(0);
    }
}
