package io.github.consulresolver.devagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

class DevAgentHttpTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final DevAgent agent = DevAgent.start();

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void a_registered_service_is_in_dns_and_in_the_catalogue() throws Exception {
        put("/v1/agent/service/register", """
                {"ID": "orders-1", "Name": "orders", "Tags": ["v2"], "Address": "10.0.0.7", "Port": 8081,
                 "Weights": {"Passing": 9, "Warning": 2}, "Meta": {"zone": "a"}}""");

        assertThat(Dig.srv(Dig.udp(agent).ask("v2.orders.service.consul", Type.SRV)))
                .singleElement()
                .satisfies(srv -> {
                    assertThat(srv.getPort()).isEqualTo(8081);
                    assertThat(srv.getWeight()).isEqualTo(9);
                });
        assertThat(get("/v1/agent/services").body())
                .contains("\"orders-1\":{\"ID\":\"orders-1\",\"Service\":\"orders\"");
        assertThat(get("/v1/catalog/service/orders").body())
                .contains("\"ServiceID\":\"orders-1\"", "\"ServiceAddress\":\"10.0.0.7\"", "\"ServicePort\":8081")
                .contains("\"ServiceTags\":[\"v2\"]", "\"ServiceMeta\":{\"zone\":\"a\"}", "\"Passing\":9");
        assertThat(get("/v1/catalog/services").body()).isEqualTo("{\"consul\":[],\"orders\":[\"v2\"]}");
    }

    @Test
    void keys_are_read_in_any_case() throws Exception {
        put("/v1/agent/service/register", "{\"name\": \"web\", \"port\": 1}");

        assertThat(get("/v1/agent/services").body()).contains("\"web\"");
    }

    @Test
    void a_deregistered_service_is_gone() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));

        put("/v1/agent/service/deregister/web", "");

        assertThat(Dig.udp(agent).ask("web.service.consul", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(get("/v1/health/service/web").body()).isEqualTo("[]");
    }

    @Test
    void a_service_without_checks_passes() throws Exception {
        put("/v1/agent/service/register", "{\"Name\": \"web\"}");

        assertThat(get("/v1/health/service/web?passing").body()).contains("\"Service\":\"web\"", "\"serfHealth\"");
    }

    @Test
    void a_ttl_check_is_critical_until_its_application_reports() throws Exception {
        put("/v1/agent/service/register", "{\"Name\": \"web\", \"Check\": {\"TTL\": \"10s\"}}");
        assertThat(get("/v1/health/service/web?passing").body()).isEqualTo("[]");

        put("/v1/agent/check/pass/service:web?note=fine", "");

        assertThat(get("/v1/health/service/web?passing").body())
                .contains("\"CheckID\":\"service:web\"", "\"Status\":\"passing\",\"Notes\":\"\",\"Output\":\"fine\"");
    }

    @Test
    void a_new_registration_keeps_what_the_check_reported() throws Exception {
        String body = "{\"Name\": \"web\", \"Port\": %d, \"Check\": {\"TTL\": \"10s\"}}";
        put("/v1/agent/service/register", body.formatted(1));
        put("/v1/agent/check/pass/service:web", "");

        put("/v1/agent/service/register", body.formatted(2));

        assertThat(get("/v1/health/service/web?passing").body()).contains("\"Port\":2");
    }

    @Test
    void several_checks_are_numbered_and_the_worst_counts() throws Exception {
        put(
                "/v1/agent/service/register",
                "{\"Name\": \"web\", \"Checks\": [{\"HTTP\": \"http://127.0.0.1\", \"Interval\": \"1s\"},"
                        + " {\"Name\": \"second\", \"TTL\": \"1s\", \"Status\": \"passing\"}]}");
        assertThat(Dig.answers(Dig.udp(agent).ask("web.service.consul", Type.A)))
                .hasSize(1);

        put("/v1/agent/check/fail/service:web:2", "");

        assertThat(Dig.udp(agent).ask("web.service.consul", Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void maintenance_takes_a_service_out_and_brings_it_back() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));

        put("/v1/agent/service/maintenance/web?enable=true&reason=update", "");
        assertThat(get("/v1/health/service/web").body()).contains("_service_maintenance:web", "\"Notes\":\"update\"");
        assertThat(get("/v1/health/service/web?passing").body()).isEqualTo("[]");

        put("/v1/agent/service/maintenance/web?enable=false", "");
        assertThat(get("/v1/health/service/web?passing").body()).contains("\"web\"");
    }

    @Test
    void a_tag_selects_in_the_health_of_a_service() throws Exception {
        agent.register(ServiceRegistration.of("db", 1).id("a").tags("primary", "ssd"));
        agent.register(ServiceRegistration.of("db", 1).id("b").tags("replica", "ssd"));

        assertThat(get("/v1/health/service/db?tag=SSD&tag=replica").body())
                .contains("\"ID\":\"b\"")
                .doesNotContain("\"ID\":\"a\"");
    }

    @Test
    void other_nodes_come_and_go_through_the_catalogue() throws Exception {
        put("/v1/catalog/register", """
                {"Node": "n2", "Address": "10.0.0.2", "NodeMeta": {"rack": "7"},
                 "Service": {"Service": "cache", "Port": 6379},
                 "Check": {"CheckID": "c", "Status": "passing", "ServiceID": "cache"}}""");

        assertThat(Dig.answers(Dig.udp(agent).ask("n2.node.consul", Type.TXT))).containsExactly("rack=7");
        assertThat(Dig.answers(Dig.udp(agent).ask("cache.service.consul", Type.A)))
                .containsExactly("10.0.0.2");
        assertThat(get("/v1/catalog/nodes").body()).contains("\"Node\":\"dev\"", "\"Node\":\"n2\"");
        assertThat(get("/v1/catalog/node/N2").body()).contains("\"Services\":{\"cache\":{", "\"Port\":6379");

        put("/v1/catalog/deregister", "{\"Node\": \"n2\", \"ServiceID\": \"cache\"}");
        assertThat(get("/v1/catalog/service/cache").body()).isEqualTo("[]");

        put("/v1/catalog/deregister", "{\"Node\": \"n2\"}");
        assertThat(get("/v1/catalog/node/n2").body()).isEqualTo("null");
    }

    @Test
    void long_and_foreign_metadata_of_a_node_is_whole_in_txt() throws Exception {
        String value = "é\\\\".repeat(100);
        put("/v1/catalog/register", """
                {"Node": "n2", "Address": "10.0.0.2", "NodeMeta": {"rfc1035-k": "%s"}}""".formatted(value));

        Message reply = Dig.tcp(agent).ask("n2.node.consul", Type.TXT);

        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ((TXTRecord) reply.getSection(Section.ANSWER).get(0))
                .getStringsAsByteArrays()
                .forEach(text::writeBytes);
        assertThat(text.toString(StandardCharsets.UTF_8)).isEqualTo("é\\".repeat(100));
    }

    @Test
    void a_service_that_dns_cannot_name_does_not_hurt_the_others() throws Exception {
        put("/v1/agent/service/register", "{\"Name\": \"a b..c\\u4e2d\", \"Address\": \"no name..\"}");
        put("/v1/catalog/register", """
                {"Node": "bad..node", "Address": "10.0.0.9", "Service": {"Service": "web", "Port": 1}}""");

        assertThat(Dig.udp(agent).ask("web.service.consul", Type.SRV).getRcode())
                .isEqualTo(Rcode.NOERROR);
        assertThat(Dig.answers(Dig.udp(agent).ask("web.service.consul", Type.A)))
                .containsExactly("10.0.0.9");
    }

    @Test
    void the_agent_tells_its_settings() throws Exception {
        assertThat(get("/v1/agent/self").body())
                .contains("\"Config\":{\"Datacenter\":\"dc1\"", "\"NodeName\":\"dev\"", "\"Version\":\"1.20.6\"")
                .contains("\"DNSPort\":" + agent.dnsAddress().getPort(), "\"DNSDomain\":\"consul.\"")
                .contains("\"DNSNodeTTL\":\"0s\"", "\"DNSUDPAnswerLimit\":3", "\"DNSEnableTruncate\":false");
        assertThat(get("/v1/status/leader").body()).isEqualTo("\"127.0.0.1:8300\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '§', textBlock = """
            PUT | /v1/agent/service/register                      | {"Name":              | 400 | Request decode failed: unexpected EOF
            PUT | /v1/agent/service/register                      | §§                    | 400 | Request decode failed: EOF
            PUT | /v1/agent/service/register                      | {"Port":80}           | 400 | Missing service name
            PUT | /v1/agent/service/register                      | {"Name":"x","Weights":{"Passing":-1}} | 400 | Invalid Weights: Passing must be greater than 0
            PUT | /v1/agent/service/register                      | {"Name":"x","Check":{"Status":"odd"}} | 400 | Status for checks must 'passing', 'warning', 'critical'
            PUT | /v1/agent/service/deregister/nope               | §§                    | 404 | Unknown service ID "nope". Ensure that the service ID is passed, not the service name.
            PUT | /v1/agent/service/maintenance/nope?enable=true  | §§                    | 404 | Unknown service ID "nope". Ensure that the service ID is passed, not the service name.
            PUT | /v1/agent/service/maintenance/consul            | §§                    | 400 | Missing value for enable
            PUT | /v1/agent/check/pass/nope                       | §§                    | 404 | Unknown check ID "nope". Ensure that the check ID is passed, not the check name.
            PUT | /v1/catalog/register                            | {"Node":"n2"}         | 500 | Must provide address if SkipNodeUpdate is not set
            PUT | /v1/catalog/deregister                          | {}                    | 500 | Must provide node
            GET | /v1/health/service/                             | §§                    | 400 | Missing service name
            GET | /v1/health/service/web?index=x                  | §§                    | 400 | Invalid index
            GET | /v1/health/service/web?index=1&wait=zz          | §§                    | 400 | Invalid wait time
            GET | /v1/health/service/web?dc=dc9                   | §§                    | 500 | No path to datacenter
            GET | /v1/catalog/nodes?stale&consistent              | §§                    | 400 | Cannot specify ?stale with ?consistent, conflicting semantics.
            GET | /v1/agent/service/register                      | §§                    | 405 | method GET not allowed
            GET | /v1/nope                                        | §§                    | 404 | Invalid URL path: not a recognized HTTP API endpoint
            """)
    void a_bad_request_gets_the_status_and_the_line_of_consul(
            String method, String path, String body, int status, String line) throws Exception {
        HttpResponse<String> response = send(method, path, body);

        assertThat(response.body()).isEqualToIgnoringNewLines(line);
        assertThat(response.statusCode()).isEqualTo(status);
    }

    @Test
    void a_registration_that_is_refused_changes_nothing() throws Exception {
        long before = index(get("/v1/catalog/nodes"));

        send("PUT", "/v1/catalog/register", """
                {"Node": "n2", "Address": "10.0.0.2", "Check": {"Name": "c", "ServiceID": "nope"}}""");

        assertThat(index(get("/v1/catalog/nodes"))).isEqualTo(before);
        assertThat(get("/v1/catalog/node/n2").body()).isEqualTo("null");
    }

    @Test
    void a_blocked_query_answers_when_its_service_changes() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));
        long seen = index(get("/v1/health/service/web"));
        CompletableFuture<HttpResponse<String>> watch = watch("/v1/health/service/web", seen, "60s");

        agent.setHealth("web", Health.CRITICAL);

        HttpResponse<String> woken = watch.get(30, TimeUnit.SECONDS);
        assertThat(woken.body()).contains("critical");
        assertThat(index(woken)).isGreaterThan(seen);
    }

    @Test
    void a_blocked_query_learns_that_the_last_instance_is_gone() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));
        long seen = index(get("/v1/health/service/web"));
        CompletableFuture<HttpResponse<String>> watch = watch("/v1/health/service/web", seen, "60s");

        agent.deregister("web");

        HttpResponse<String> woken = watch.get(30, TimeUnit.SECONDS);
        assertThat(woken.body()).isEqualTo("[]");
        assertThat(index(woken)).isGreaterThan(seen);
    }

    @Test
    void a_blocked_query_on_a_node_learns_that_the_node_is_gone() throws Exception {
        agent.registerNode("n2", "10.0.0.2");
        long seen = index(get("/v1/catalog/node/n2"));
        CompletableFuture<HttpResponse<String>> watch = watch("/v1/catalog/node/n2", seen, "60s");

        agent.deregisterNode("n2");

        assertThat(watch.get(30, TimeUnit.SECONDS).body()).isEqualTo("null");
    }

    @Test
    void other_services_and_equal_registrations_do_not_move_the_index() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));
        long seen = index(get("/v1/health/service/web"));

        agent.register(ServiceRegistration.of("other", 80));
        agent.register(ServiceRegistration.of("web", 80));

        assertThat(index(get("/v1/health/service/web"))).isEqualTo(seen);
    }

    @Test
    void a_blocked_query_answers_when_its_wait_is_over() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));
        long seen = index(get("/v1/health/service/web"));

        HttpResponse<String> unchanged =
                watch("/v1/health/service/web", seen, "50ms").get(30, TimeUnit.SECONDS);

        assertThat(index(unchanged)).isEqualTo(seen);
        assertThat(unchanged.body()).contains("\"web\"");
    }

    @Test
    void an_index_that_is_too_high_gets_a_lower_one() throws Exception {
        HttpResponse<String> answer =
                watch("/v1/health/service/consul", 99_999, "50ms").get(30, TimeUnit.SECONDS);

        assertThat(index(answer)).isLessThan(99_999);
    }

    @Test
    void hundreds_of_blocked_queries_leave_the_agent_responsive() throws Exception {
        agent.register(ServiceRegistration.of("web", 80));
        long seen = index(get("/v1/health/service/web"));
        List<CompletableFuture<HttpResponse<String>>> watches = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            watches.add(watch("/v1/health/service/web", seen, "60s"));
        }

        agent.setHealth("web", Health.WARNING);

        for (CompletableFuture<HttpResponse<String>> watch : watches) {
            assertThat(watch.get(30, TimeUnit.SECONDS).body()).contains("warning");
        }
    }

    @Test
    void closing_ends_blocked_queries() {
        CompletableFuture<HttpResponse<String>> watch = watch("/v1/health/service/consul", 99_999, "60s");

        agent.close();

        assertThatThrownBy(() -> watch.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
    }

    private CompletableFuture<HttpResponse<String>> watch(String path, long index, String wait) {
        HttpRequest request = HttpRequest.newBuilder(
                        agent.httpUri().resolve(path + "?index=" + index + "&wait=" + wait))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    private static long index(HttpResponse<String> response) {
        return response.headers().firstValueAsLong("X-Consul-Index").orElseThrow();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send("GET", path, "");
    }

    private void put(String path, String body) throws Exception {
        assertThat(send("PUT", path, body).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(agent.httpUri().resolve(path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }
}
