package io.github.consulresolver.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.Consul;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.WithConsul;
import java.io.IOException;
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
        ConsulAgent agent = ConsulAgent.start(
                consul, """
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
                        """.formatted(recursor.address().getHostString(), recursor.address().getPort()));
        register(agent);
        Suite suite = new Suite(agent, "forwarding", excuses, config -> config.recursors(List.of(recursor.address())));
        return suite.tests("questions", "forwarding").onClose(suite::close).onClose(agent::close);
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
        agent.register(Instance.many("big100", 100));
        agent.register(Instance.many("big1200", 1_200));
    }

    @AfterAll
    void close() {
        recursor.close();
    }
}
