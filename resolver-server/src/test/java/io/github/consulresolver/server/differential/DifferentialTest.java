package io.github.consulresolver.server.differential;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.Consul;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The configurations in which agents are compared with us. */
@WithConsul(config = "{\"connect\": {\"enabled\": true}}")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DifferentialTest {

    private final Excuses excuses = new Excuses();
    private final ScriptedUpstream recursor = ExampleZone.start();
    private @Nullable AgentsInConfiguration agents;

    /** An agent without recursors, and a server that has some: the usual way. */
    @Order(1)
    @TestFactory
    Stream<DynamicTest> plain(Consul consul, ConsulAgent agent) {
        agents(consul);
        Suite suite = new Suite(AgentsInConfiguration.registered(agent), "plain", excuses, this::withRecursor);
        return suite.tests("questions").onClose(suite::close);
    }

    /** Both have the same recursor; TTLs, and names in a second domain. */
    @Order(2)
    @TestFactory
    Stream<DynamicTest> forwarding(Consul consul) {
        Suite suite = new Suite(agents(consul).forwarding(), "forwarding", excuses, this::withRecursor)
                .settled("web.service.other.test A");
        return suite.tests("questions", "forwarding").onClose(suite::close);
    }

    /** What an agent can be told to leave out, and to say so; and nobody has a recursor. */
    @Order(3)
    @TestFactory
    Stream<DynamicTest> limits(Consul consul) {
        Suite suite = new Suite(agents(consul).limits(), "limits", excuses, config -> config)
                .limitedTo(5)
                .settled("big100.service.consul SRV");
        return suite.tests("limits").onClose(suite::close);
    }

    /** A token that may see everything, one that sees one service and one node, and none. */
    @Order(4)
    @TestFactory
    Stream<DynamicTest> acl(Consul consul) {
        ConsulAgent agent = agents(consul).acl();
        ConsulApi api = ConsulApi.of(agent.httpAddress(), AgentsInConfiguration.MANAGEMENT_TOKEN);
        return Stream.of(
                        acl(agent, api, "acl-all", AgentsInConfiguration.MANAGEMENT_TOKEN),
                        acl(agent, api, "acl-some", tokenForOneOfEach(api)),
                        acl(agent, api, "acl-none", ""))
                .reduce(Stream.empty(), Stream::concat);
    }

    private Stream<DynamicTest> acl(ConsulAgent agent, ConsulApi api, String configuration, String token) {
        Suite suite = new Suite(agent, configuration, excuses, config -> config);
        Runnable before = () -> api.send("PUT", "/v1/agent/token/default", "{\"Token\": \"" + token + "\"}");
        return suite.tests(before, "acl").onClose(suite::close);
    }

    private static String tokenForOneOfEach(ConsulApi api) {
        api.send("PUT", "/v1/acl/policy", """
                {
                  "Name": "one-of-each",
                  "Rules": "service \\"web\\" {policy=\\"read\\"} node \\"foo\\" {policy=\\"read\\"} query \\"webquery\\" {policy=\\"read\\"}"
                }
                """);
        return ConsulApi.value(
                api.send("PUT", "/v1/acl/token", "{\"Policies\": [{\"Name\": \"one-of-each\"}]}"), "SecretID");
    }

    /** One of two datacenters is asked for both; what stands in the other one has addresses for this one. */
    @Order(5)
    @TestFactory
    Stream<DynamicTest> datacenters(Consul consul) {
        Suite suite = new Suite(agents(consul).datacenters(), "datacenters", excuses, this::withRecursor);
        return suite.tests("datacenters").onClose(suite::close);
    }

    @Order(6)
    @Test
    void every_difference_that_is_excused_was_seen() {
        assertThat(excuses.unused()).isEmpty();
    }

    @Order(7)
    @Test
    void every_difference_that_is_excused_is_documented() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "compatibility.md"));
        Set<String> documented = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\|")
                .matcher(page)
                .results()
                .map((MatchResult row) -> row.group(1))
                .collect(toCollection(TreeSet::new));

        assertThat(documented)
                .isEqualTo(Stream.of(Difference.values()).map(Difference::id).collect(toCollection(TreeSet::new)));
    }

    private ServerConfig.Builder withRecursor(ServerConfig.Builder config) {
        return config.recursors(List.of(recursor.address()));
    }

    /** Those of this version; they get ready from the first call on. */
    private AgentsInConfiguration agents(Consul consul) {
        if (agents == null || !agents.areOf(consul)) {
            closeAgents();
            agents = new AgentsInConfiguration(consul, recursor.address());
        }
        return agents;
    }

    private void closeAgents() {
        if (agents != null) {
            agents.close();
        }
    }

    @AfterAll
    void close() {
        closeAgents();
        recursor.close();
    }
}
