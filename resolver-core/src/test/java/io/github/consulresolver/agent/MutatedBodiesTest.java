package io.github.consulresolver.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.fuzz.Fuzz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bodies of the agent's HTTP API that are wrong in any way: they are read, or are an {@link IOException} of one line. */
class MutatedBodiesTest {
    private static final int BODIES = 50_000;

    private static final List<byte[]> SERVICES = List.of(bytes("""
            [{"Node": {"Node": "web1", "Address": "10.0.0.1", "Datacenter": "dc1", "Meta": null,
               "TaggedAddresses": {"lan": "10.0.0.1", "lan_ipv4": "10.0.0.1", "wan": "198.51.100.1"}},
              "Service": {"ID": "orders-1", "Service": "orders", "Tags": ["blue"], "Address": "", "Port": 8080,
               "TaggedAddresses": {"lan_ipv6": {"Address": "fd00::1", "Port": 8080}},
               "Weights": {"Passing": 10, "Warning": 1}},
              "Checks": [{"Status": "passing", "Definition": {}}, {"Status": "warning"}]},
             {"Node": {"Node": "web2", "Address": "10.0.0.2", "Datacenter": "dc1", "TaggedAddresses": null},
              "Service": {"Address": "db.example.com", "Port": 65535}, "Checks": null}]
            """), bytes("[]"), bytes("null"));

    private static final List<byte[]> NODES = List.of(bytes("""
            {"Node": {"Node": "web1", "Address": "10.0.0.1", "Datacenter": "dc1", "Meta": {"rack": "7"},
              "TaggedAddresses": {"lan_ipv4": "10.0.0.1"}}, "Services": {"orders-1": {"Service": "orders", "Tags": ["blue"]}}}
            """), bytes("null"));

    private static final List<byte[]> SETTINGS = List.of(bytes("""
            {"Config": {"Datacenter": "dc1", "NodeName": "web1", "Version": "1.20.6"},
             "DebugConfig": {"ACLTokens": {"ACLAgentToken": "hidden"}, "DNSDomain": "consul.", "DNSAltDomain": "alt",
              "DNSUDPAnswerLimit": 3, "DNSARecordLimit": 0, "DNSEnableTruncate": false, "DNSOnlyPassing": true,
              "DNSServiceTTL": {"*": "5s"}},
             "Member": {"Tags": {}}}
            """));

    @Test
    void the_instances_of_a_service_are_read_or_it_is_said_why_not() {
        int read = Fuzz.perMille(SERVICES, BODIES, body -> {
            try {
                read(new HealthDocument(), body).forEach(entry -> {
                    assertThat(entry.port()).isBetween(0, 0xffff);
                    assertThat(entry.node()).isNotEmpty();
                });
                return true;
            } catch (IOException refused) {
                assertThat(refused).message().hasLineCount(1);
                return false;
            }
        });
        assertThat(read).isBetween(100, 900);
    }

    @Test
    void a_node_is_read_or_it_is_said_why_not() {
        int read = Fuzz.perMille(NODES, BODIES, body -> {
            try {
                assertThat(read(HealthDocument.ofNode(), body)).hasSizeLessThan(2);
                return true;
            } catch (IOException refused) {
                assertThat(refused).message().hasLineCount(1);
                return false;
            }
        });
        assertThat(read).isBetween(100, 900);
    }

    @Test
    void settings_are_read_or_it_is_said_why_not() {
        int read = Fuzz.perMille(SETTINGS, BODIES, body -> {
            try {
                return !read(new SelfDocument(), body).equals(AgentSettings.UNKNOWN);
            } catch (IOException refused) {
                assertThat(refused).message().hasLineCount(1);
                return false;
            }
        });
        assertThat(read).isBetween(200, 900);
    }

    private static <T> T read(Document<T> document, byte[] body) throws IOException {
        document.take(ByteBuffer.wrap(body));
        return document.end();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
