package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.consulresolver.consul.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentHttpTest {
    private final AtomicReference<String> token = new AtomicReference<>("");
    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final AtomicReference<String> path = new AtomicReference<>("");
    private final Map<String, String> headers = new HashMap<>();
    private final List<LongPolls> polls = new ArrayList<>();
    private int status = 200;
    private String body = "{}";

    AgentHttpTest() throws IOException {
        server.createContext("/v1/", exchange -> {
            path.set(exchange.getRequestURI().toString());
            headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            token.set(String.valueOf(exchange.getRequestHeaders().getFirst("X-Consul-Token")));
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    private AgentHttp agent(URI base, AgentToken token) {
        LongPolls made = new LongPolls(base, token);
        made.start();
        polls.add(made);
        return new AgentHttp(made);
    }

    @AfterEach
    void end() {
        polls.forEach(LongPolls::close);
        server.stop(0);
    }

    @Test
    void settings_are_read_from_what_an_agent_says_of_itself() throws IOException {
        body = """
                {"Config": {"DNSARecordLimit": 99, "List": [{"DebugConfig": {}}]},
                 "DebugConfig": {"A": [1, {"DNSDomain": "x."}], "ACLsEnabled": true, "DNSARecordLimit": 2, "DNSAltDomain": "Alt.Example.",
                   "DNSDomain": "consul.", "DNSEnableTruncate": true, "DNSOnlyPassing": false, "DNSServiceTTL": {"web": "9s"},
                   "DNSUDPAnswerLimit": 5, "Datacenter": "DC1"},
                 "Stats": {"dns": null, "serf_lan": {"failed": "0", "members": "201"}, "serf_wan": {"members": "3"}}}
                """;

        assertThat(settings(AgentToken.NONE))
                .isEqualTo(new AgentSettings(
                        Optional.of("dc1"),
                        Optional.of("consul"),
                        Optional.of("alt.example"),
                        OptionalInt.of(5),
                        OptionalInt.of(2),
                        Optional.of(true),
                        Optional.of(false),
                        Optional.of(true),
                        OptionalInt.of(256)));
    }

    @Test
    void what_is_not_what_it_was_stays_unknown() throws IOException {
        body = """
                {"DebugConfig": {"DNSARecordLimit": "2", "DNSAltDomain": "", "DNSDomain": ["consul"],
                  "DNSEnableTruncate": 1, "DNSUDPAnswerLimit": 3}}
                """;

        assertThat(settings(AgentToken.NONE))
                .isEqualTo(new AgentSettings(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.of(3),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "nonsense", "{\"DebugConfig\": ", "{}", "{\"DebugConfig\": null}", "<html>\n</html>"})
    void nonsense_is_told_in_one_line(String nonsense) {
        body = nonsense;

        assertThatThrownBy(() -> settings(AgentToken.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("what came")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void a_403_says_what_is_needed() {
        status = 403;

        assertThatThrownBy(() -> settings(AgentToken.of("wrong")))
                .hasMessageContaining("agent:read")
                .hasMessageNotContaining("wrong");
    }

    @Test
    void the_token_is_sent() throws IOException {
        body = "{\"DebugConfig\": {\"DNSUDPAnswerLimit\": 3}}";

        settings(AgentToken.of("secret"));
        assertThat(token).hasValue("secret");
        settings(AgentToken.of(" "));
        assertThat(token).hasValue("null");
    }

    @Test
    void the_tokens_file_is_read_anew_each_time(@TempDir Path directory) throws IOException {
        body = "{\"DebugConfig\": {\"DNSUDPAnswerLimit\": 3}}";
        Path file = directory.resolve("token");
        AgentHttp agent = agent(address(), AgentToken.in(file));

        Files.writeString(file, "first\n");
        agent.settings();
        assertThat(token).hasValue("first");
        Files.writeString(file, "second");
        agent.settings();
        assertThat(token).hasValue("second");
    }

    @Test
    void a_tokens_file_that_holds_none_is_named_and_its_content_is_not(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "two\r\nlines");

        assertThatThrownBy(() -> settings(AgentToken.in(file)))
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("lines");
        assertThatThrownBy(() -> settings(AgentToken.in(directory.resolve("missing"))))
                .hasMessageContaining("missing");
    }

    @Test
    void where_nothing_listens_that_is_told() {
        URI nobody = URI.create("http://127.0.0.1:" + FreePort.find());

        assertThatThrownBy(() -> agent(nobody, AgentToken.NONE).settings()).hasMessage("nothing listens there");
    }

    @Test
    void the_instances_of_a_service_are_read_with_what_makes_up_their_records() throws IOException {
        body = """
                [{"Node": {"ID": "x", "Node": "N1", "Address": "10.0.0.1", "Datacenter": "dc1",
                           "TaggedAddresses": {"lan": "10.0.0.9", "lan_ipv4": "10.0.0.1", "lan_ipv6": "fd00::1"},
                           "Meta": {"Address": "no"}},
                  "Service": {"ID": "a", "Service": "web", "Tags": ["Port"], "Address": "10.0.1.1", "Port": 80,
                              "TaggedAddresses": {"lan_ipv6": {"Address": "fd00::2", "Port": 81},
                                                  "wan": {"Address": "192.0.2.1", "Port": 82}},
                              "Weights": {"Passing": 10, "Warning": 3}, "Proxy": {"Upstreams": [{"Port": 9}]}},
                  "Checks": [{"Status": "passing", "Definition": {"Status": "critical"}}, {"Status": "warning"}]},
                 {"Node": {"Node": "n2", "Address": "10.0.0.2", "Datacenter": "dc1", "TaggedAddresses": null},
                  "Service": {"Address": "", "Port": 0, "TaggedAddresses": null, "Weights": null},
                  "Checks": [{"Status": "critical"}, {"Status": "warning"}]},
                 {"Node": {"Node": "n3", "Address": "10.0.0.3", "Datacenter": "dc1"}, "Service": {}, "Checks": []}]
                """;
        ServiceEntry.Addresses none = new ServiceEntry.Addresses("", "", "");

        assertThat(health("web"))
                .containsExactly(
                        new ServiceEntry(
                                "N1",
                                "dc1",
                                List.of("Address=no"),
                                new ServiceEntry.Addresses("10.0.0.1", "10.0.0.1", "fd00::1"),
                                new ServiceEntry.Addresses("10.0.1.1", "", "fd00::2"),
                                80,
                                List.of("Port"),
                                ServiceEntry.Status.WARNING,
                                10,
                                3),
                        new ServiceEntry(
                                "n2",
                                "dc1",
                                List.of(),
                                new ServiceEntry.Addresses("10.0.0.2", "", ""),
                                none,
                                0,
                                List.of(),
                                ServiceEntry.Status.CRITICAL,
                                1,
                                1),
                        new ServiceEntry(
                                "n3",
                                "dc1",
                                List.of(),
                                new ServiceEntry.Addresses("10.0.0.3", "", ""),
                                none,
                                0,
                                List.of(),
                                ServiceEntry.Status.PASSING,
                                1,
                                1));
    }

    @Test
    void a_service_is_asked_for_with_datacenter_tag_and_token() throws IOException {
        body = "[]";

        agent(address(), AgentToken.of("secret")).health("we b/?", Optional.of("dc2"), Optional.of("a&b"));

        assertThat(path).hasValue("/v1/health/service/we%20b%2F%3F?stale&dc=dc2&tag=a%26b");
        assertThat(token).hasValue("secret");
    }

    @Test
    void a_403_says_what_reading_a_service_needs() {
        status = 403;

        assertThatThrownBy(() -> health("web")).hasMessageContaining("service:read and node:read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[1]",
                "[{}]",
                "[{\"Node\": ",
                "[{\"Node\": {\"Node\": \"n\", \"Datacenter\": \"dc1\"}, \"Service\": {\"Port\": 65536}}]"
            })
    void nonsense_about_a_service_is_told_in_one_line(String nonsense) {
        body = nonsense;

        assertThatThrownBy(() -> health("web"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("what came")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void addresses_that_were_translated_for_another_datacenter_are_not_taken() throws IOException {
        body = "[]";
        headers.put("X-Consul-Translate-Addresses", "true");
        AgentHttp agent = agent(address(), AgentToken.NONE);

        assertThat(agent.health("web", Optional.empty(), Optional.empty())).isEmpty();
        assertThatThrownBy(() -> agent.health("web", Optional.of("dc2"), Optional.empty()))
                .hasMessageContaining("translated");
    }

    private List<ServiceEntry> health(String service) throws IOException {
        return agent(address(), AgentToken.NONE).health(service, Optional.empty(), Optional.empty());
    }

    private AgentSettings settings(AgentToken token) throws IOException {
        return agent(address(), token).settings();
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }
}
