package io.github.consulresolver.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.Consul;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The configurations in which the agents are compared with us. */
@WithConsul(config = DifferentialTest.CONNECT)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DifferentialTest {

    static final String CONNECT = "{\"connect\": {\"enabled\": true}}";

    private static final String MANAGEMENT_TOKEN = "5c0f1a1e-9d4f-4d1b-8d0c-1f2e3d4c5b6a";

    private final Excuses excuses = new Excuses();
    private final ScriptedUpstream recursor = ExampleZone.start();

    /** An agent without recursors, and a server that has some: the usual way. */
    @Order(1)
    @TestFactory
    Stream<DynamicTest> plain(ConsulAgent agent) {
        register(agent);
        Suite suite = new Suite(agent, "plain", excuses, config -> config.recursors(List.of(recursor.address())));
        return suite.tests("questions").onClose(suite::close);
    }

    /** Both have the same recursor; TTLs, and names in a second domain. */
    @Order(2)
    @TestFactory
    Stream<DynamicTest> forwarding(Consul consul) {
        ConsulAgent agent = ConsulAgent.start(consul, """
                        {
                          "connect": {"enabled": true},
                          "recursors": ["%s:%d"],
                          "alt_domain": "other.test",
                          "dns_config": {
                            "node_ttl": "10500ms",
                            "service_ttl": {"web": "20s", "we*": "30s", "d*": "40s", "DB": "50s", "*": "5s"},
                            "soa": {"refresh": 61, "retry": 62, "expire": 63, "min_ttl": 64}
                          }
                        }
                        """.formatted(
                        recursor.address().getHostString(), recursor.address().getPort()));
        register(agent);
        Suite suite = new Suite(agent, "forwarding", excuses, config -> config.recursors(List.of(recursor.address())));
        return suite.settled("web.service.other.test A")
                .tests("questions", "forwarding")
                .onClose(suite::close)
                .onClose(agent::close);
    }

    /** What an agent can be told to leave out, and to say so. */
    @Order(3)
    @TestFactory
    Stream<DynamicTest> limits(Consul consul) {
        ConsulAgent agent = ConsulAgent.start(consul, """
                {
                  "connect": {"enabled": true},
                  "dns_config": {
                    "udp_answer_limit": 5,
                    "a_record_limit": 4,
                    "enable_truncate": true,
                    "only_passing": true,
                    "enable_additional_node_meta_txt": false,
                    "disable_compression": true
                  }
                }
                """);
        register(agent);
        Suite suite = new Suite(agent, "limits", excuses, config -> config);
        return suite.settled("big100.service.consul SRV")
                .tests("limits")
                .onClose(suite::close)
                .onClose(agent::close);
    }

    /** A token that may see everything, one that sees one service and one node, and none. */
    @Order(4)
    @TestFactory
    Stream<DynamicTest> acl(Consul consul) {
        ConsulAgent agent = ConsulAgent.start(consul, """
                {
                  "connect": {"enabled": true},
                  "acl": {
                    "enabled": true,
                    "default_policy": "deny",
                    "tokens": {"master": "%1$s", "agent": "%1$s", "default": "%1$s"}
                  }
                }
                """.formatted(MANAGEMENT_TOKEN));
        ConsulApi api = ConsulApi.of(agent.httpAddress(), MANAGEMENT_TOKEN);
        api.register("catalogue");
        List<Access> accesses = List.of(
                new Access("acl-all", MANAGEMENT_TOKEN),
                new Access("acl-some", someRights(api)),
                new Access("acl-none", ""));
        Stream<DynamicTest> tests = Stream.empty();
        for (Access access : accesses) {
            Suite suite = new Suite(agent, access.configuration(), excuses, config -> config);
            Runnable before =
                    () -> api.send("PUT", "/v1/agent/token/default", "{\"Token\": \"" + access.token() + "\"}");
            tests = Stream.concat(tests, suite.tests(before, "acl").onClose(suite::close));
        }
        return tests.onClose(agent::close);
    }

    /** The first of two datacenters is asked for both; what stands in the other one has addresses for this one. */
    @Order(5)
    @TestFactory
    Stream<DynamicTest> datacenters(Consul consul) throws IOException {
        int wanPort = freePort();
        ConsulAgent agent = ConsulAgent.start(consul, datacenter("dc1", freePort()));
        ConsulAgent other = ConsulAgent.start(consul, datacenter("dc2", wanPort));
        ConsulApi.of(other.httpAddress(), "").register("catalogue-dc2");
        ConsulApi api = ConsulApi.of(agent.httpAddress(), "");
        api.send("PUT", "/v1/agent/join/127.0.0.1:" + wanPort + "?wan=1", "");
        api.register("catalogue");
        api.await("/v1/health/service/far?dc=dc2");
        Suite suite = new Suite(agent, "datacenters", excuses, config -> config.recursors(List.of(recursor.address())));
        return suite.tests("datacenters")
                .onClose(suite::close)
                .onClose(agent::close)
                .onClose(other::close);
    }

    private static String datacenter(String name, int wanPort) {
        return """
                {
                  "datacenter": "%1$s",
                  "node_name": "server-%1$s",
                  "translate_wan_addrs": true,
                  "connect": {"enabled": true},
                  "ports": {"serf_wan": %2$d}
                }
                """.formatted(name, wanPort);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private record Access(String configuration, String token) {}

    /** A token for one service, one node and one query. */
    private static String someRights(ConsulApi api) {
        api.send("PUT", "/v1/acl/policy", """
                {
                  "Name": "some",
                  "Rules": "service \\"web\\" {policy=\\"read\\"} node \\"foo\\" {policy=\\"read\\"} query \\"webquery\\" {policy=\\"read\\"}"
                }
                """);
        return ConsulApi.value(api.send("PUT", "/v1/acl/token", "{\"Policies\": [{\"Name\": \"some\"}]}"), "SecretID");
    }

    @Order(10)
    @Test
    void every_difference_shows_and_is_documented() throws IOException {
        assertThat(excuses.unused()).isEmpty();
        Set<String> documented = new TreeSet<>();
        var matcher = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\|")
                .matcher(Files.readString(Path.of("..", "docs", "compatibility.md")));
        while (matcher.find()) {
            documented.add(matcher.group(1));
        }
        assertThat(documented)
                .isEqualTo(Stream.of(Difference.values())
                        .map(Difference::id)
                        .collect(java.util.stream.Collectors.toCollection(TreeSet::new)));
    }

    private static void register(ConsulAgent agent) {
        ConsulApi.of(agent.httpAddress(), "").register("catalogue");
        agent.register(Instance.many("dozen", 12));
        agent.register(Instance.many("big100", 100));
        agent.register(Instance.many("big1200", 1_200));
    }

    @AfterAll
    void close() {
        recursor.close();
    }
}
