package io.github.consulresolver.devagent;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.WithConsul;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What watches ask the in-memory agent is answered as the Consul does that it imitates: the same bodies, and the same indexes that move when
 * something changes.
 */
@WithConsul(only = "1.20.", config = """
        {"node_name": "dev"}
        """)
class WatchedLikeConsulTest {
    private static final String NOTHING_OF_NODES = "filter=" + AgentHttp.encoded("Node == \"\"");
    private static final String NO_SERVICES = "filter=" + AgentHttp.encoded("ServiceName == \"\"");

    /** What signals, watches and looks ask for. */
    private static final List<String> WATCHED = List.of(
            "/v1/catalog/services?" + NO_SERVICES,
            "/v1/catalog/nodes?" + NOTHING_OF_NODES,
            "/v1/health/state/any?" + NOTHING_OF_NODES,
            "/v1/health/service/web?near=_agent",
            "/v1/health/service/other?near=_agent",
            "/v1/catalog/node/box");

    private static final String INSTANCE = """
            {"Node": "%s", "Address": "%s",
             "Service": {"ID": "%s", "Service": "%s", "Address": "10.0.0.1", "Port": 80, "Tags": ["%s"],
                         "Weights": {"Passing": 10, "Warning": 3}},
             "Check": {"CheckID": "check-%s", "Name": "check", "ServiceID": "%s", "Status": "%s"}}""";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI consul;
    private final DevAgent agent = DevAgent.start();

    WatchedLikeConsulTest(ConsulAgent consul) {
        this.consul = URI.create("http://127.0.0.1:" + consul.httpAddress().getPort());
    }

    @AfterEach
    void close() {
        agent.close();
    }

    private static String instance(String id, String nodeAddress, String tag, String status) {
        return INSTANCE.formatted("box", nodeAddress, id, "web", tag, id, id, status);
    }

    /** One that no other test has. */
    private static String own(String service, String id, String tag, String status) {
        return INSTANCE.formatted(service + "-box", "10.9.1.1", id, service, tag, id, id, status);
    }

    private void put(URI base, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .PUT(BodyPublishers.ofString(body))
                .build();
        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> get(URI base, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(base.resolve(path)).build(), BodyHandlers.ofString());
    }

    private static long index(HttpResponse<String> answer) {
        return answer.headers().firstValueAsLong("X-Consul-Index").orElse(0);
    }

    private Map<String, Long> indexes(URI base) throws Exception {
        Map<String, Long> indexes = new LinkedHashMap<>();
        for (String path : WATCHED) {
            indexes.put(path, index(get(base, path)));
        }
        return indexes;
    }

    /** Those that move with a change. */
    private Set<String> moved(URI base, String path, String body) throws Exception {
        Map<String, Long> before = indexes(base);
        put(base, path, body);
        Map<String, Long> after = indexes(base);
        return WATCHED.stream()
                .filter(watched -> after.get(watched) > before.get(watched))
                .collect(toCollection(TreeSet::new));
    }

    @Test
    void the_same_indexes_move_with_each_change() throws Exception {
        Map<String, List<String>> changes = new LinkedHashMap<>();
        String register = "/v1/catalog/register";
        String deregister = "/v1/catalog/deregister";
        changes.put("a node comes with an instance", List.of(register, instance("a", "10.9.0.1", "v1", "passing")));
        changes.put("another instance", List.of(register, instance("b", "10.9.0.1", "v1", "passing")));
        changes.put("the same again", List.of(register, instance("b", "10.9.0.1", "v1", "passing")));
        changes.put("a check fails", List.of(register, instance("b", "10.9.0.1", "v1", "critical")));
        changes.put("another tag", List.of(register, instance("b", "10.9.0.1", "v2", "critical")));
        changes.put("another address of the node", List.of(register, instance("b", "10.9.0.2", "v2", "critical")));
        changes.put("a node without instances", List.of(register, """
                {"Node": "bare", "Address": "10.9.0.9"}"""));
        changes.put("a check of a node", List.of(register, """
                {"Node": "box", "Address": "10.9.0.2", "Check": {"CheckID": "n", "Name": "n", "Status": "warning"}}"""));
        changes.put("an instance goes", List.of(deregister, """
                {"Node": "box", "ServiceID": "b"}"""));
        changes.put("a node without instances goes", List.of(deregister, """
                {"Node": "bare"}"""));
        changes.put("the last instance goes", List.of(deregister, """
                {"Node": "box", "ServiceID": "a"}"""));
        changes.put("an instance comes back", List.of(register, instance("a", "10.9.0.2", "v1", "passing")));
        changes.put("a node goes", List.of(deregister, """
                {"Node": "box"}"""));

        SoftAssertions softly = new SoftAssertions();
        for (Map.Entry<String, List<String>> change : changes.entrySet()) {
            String path = change.getValue().get(0);
            String body = change.getValue().get(1);
            softly.assertThat(moved(agent.httpUri(), path, body))
                    .as(change.getKey())
                    .isEqualTo(moved(consul, path, body));
        }
        softly.assertAll();
    }

    @Test
    void questions_that_only_wait_for_news_have_the_same_bodies_and_headers() throws Exception {
        for (URI base : List.of(consul, agent.httpUri())) {
            put(base, "/v1/catalog/register", own("asked", "d", "v1", "passing"));
        }
        List<String> paths = List.of(
                "/v1/catalog/services?" + NO_SERVICES,
                "/v1/catalog/nodes?" + NOTHING_OF_NODES,
                "/v1/health/state/any?" + NOTHING_OF_NODES,
                "/v1/health/connect/asked",
                "/v1/health/ingress/asked",
                "/v1/health/service/nobody?near=_agent",
                "/v1/catalog/node/nobody",
                "/v1/config/ingress-gateway",
                "/v1/config/terminating-gateway");

        SoftAssertions softly = new SoftAssertions();
        for (String path : paths) {
            for (String consistency : List.of("", "consistent", "stale")) {
                String asked = path + (path.contains("?") ? "&" : "?") + consistency;
                HttpResponse<String> expected = get(consul, asked);
                HttpResponse<String> actual = get(agent.httpUri(), asked);
                softly.assertThat(described(actual)).as(asked).isEqualTo(described(expected));
                if (!path.startsWith("/v1/config/")) {
                    softly.assertThat(consistency(actual)).as(asked).isEqualTo(consistency(expected));
                }
                softly.assertThat(index(actual)).as(asked).isPositive();
            }
        }
        softly.assertAll();
    }

    private static List<Object> described(HttpResponse<String> answer) {
        return List.of(
                answer.statusCode(),
                answer.body().strip(),
                answer.headers().firstValue("X-Consul-KnownLeader").orElse("-"),
                answer.headers().firstValue("X-Consul-LastContact").orElse("-"));
    }

    private static String consistency(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Consul-Effective-Consistency").orElse("-");
    }

    @Test
    void instances_are_read_as_the_same() throws Exception {
        for (URI base : List.of(consul, agent.httpUri())) {
            put(base, "/v1/catalog/register", own("read", "read-a", "v1", "passing"));
            put(base, "/v1/catalog/register", own("read", "read-b", "v2", "warning"));
            put(base, "/v1/catalog/register", own("read", "read-c", "v2", "critical"));
        }

        assertThat(entries(agent.httpUri(), "read")).hasSize(3).isEqualTo(entries(consul, "read"));
        assertThat(entries(agent.httpUri(), "nobody")).isEqualTo(entries(consul, "nobody"));
    }

    private static List<ServiceEntry> entries(URI base, String service) throws Exception {
        try (LongPolls polls = new LongPolls(base, AgentToken.NONE)) {
            polls.start();
            return new AgentHttp(polls)
                    .health(service, Optional.empty(), Optional.empty()).stream()
                            .sorted(Comparator.comparing(ServiceEntry::toString))
                            .toList();
        }
    }

    @Test
    void the_settings_are_read_as_the_same() throws Exception {
        assertThat(settings(agent.httpUri())).isEqualTo(settings(consul));
    }

    private static Object settings(URI base) throws Exception {
        try (LongPolls polls = new LongPolls(base, AgentToken.NONE)) {
            polls.start();
            return new AgentHttp(polls).settings();
        }
    }
}
