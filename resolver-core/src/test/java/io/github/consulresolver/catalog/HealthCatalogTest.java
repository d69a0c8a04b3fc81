package io.github.consulresolver.catalog;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpServer;
import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.zone.CatalogInstance;
import io.github.consulresolver.zone.ServiceLookup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthCatalogTest {
    private static final ServiceLookup WEB = new ServiceLookup("web", Optional.empty(), Optional.empty());
    private static final ServiceLookup ELSEWHERE = new ServiceLookup("web", Optional.empty(), Optional.of("dc2"));

    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong now = new AtomicLong();
    private final AnsweringInstances answering = new AnsweringInstances();
    private final List<LongPolls> polls = new ArrayList<>();
    private final HealthCatalog catalog = catalogAt(server.getAddress().getPort());
    private volatile int status = 200;
    private volatile String second = "warning";

    HealthCatalogTest() throws IOException {
        server.createContext("/v1/health/service/web", exchange -> {
            requests.incrementAndGet();
            byte[] body =
                    ("[" + entry("n1", "passing") + "," + entry("n2", second) + "]").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    private HealthCatalog catalogAt(int port) {
        LongPolls made = new LongPolls(URI.create("http://127.0.0.1:" + port), AgentToken.NONE);
        made.start();
        polls.add(made);
        return new HealthCatalog(new AgentHttp(made), answering, now::get);
    }

    private static AgentSettings onlyPassing(boolean setting) {
        return new AgentSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.of(setting),
                Optional.empty());
    }

    @AfterEach
    void end() {
        catalog.close();
        polls.forEach(LongPolls::close);
        server.stop(0);
    }

    @Test
    void an_instance_with_a_warning_is_there_with_its_weight() throws Exception {
        answering.learn(onlyPassing(false));

        assertThat(catalog.instances(WEB).get(30, SECONDS))
                .extracting(CatalogInstance::node, CatalogInstance::weight)
                .containsExactly(tuple("n1", 10), tuple("n2", 3));
    }

    @Test
    void an_instance_with_a_warning_is_left_out_where_the_agent_does_so() throws Exception {
        answering.learn(onlyPassing(true));

        assertThat(catalog.instances(WEB).get(30, SECONDS)).hasSize(1);
    }

    @Test
    void while_it_is_not_known_what_the_agent_does_with_warnings_nothing_is_said() throws Exception {
        assertThat(fails(catalog.instances(WEB))).isTrue();
        second = "passing";
        assertThat(catalog.instances(WEB).get(30, SECONDS)).hasSize(2);
    }

    @Test
    void critical_instances_are_left_out() throws Exception {
        second = "critical";

        assertThat(catalog.instances(WEB).get(30, SECONDS)).hasSize(1);
    }

    @Test
    void after_a_failure_the_agent_is_left_alone_for_ten_seconds() throws Exception {
        second = "passing";
        status = 500;
        assertThat(fails(catalog.instances(WEB))).isTrue();
        status = 200;
        now.addAndGet(Duration.ofMillis(9_999).toNanos());

        assertThat(fails(catalog.instances(WEB))).isTrue();
        assertThat(requests).hasValue(1);
        assertThat(fails(catalog.instances(ELSEWHERE))).isFalse();

        now.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(catalog.instances(WEB).get(30, SECONDS)).hasSize(2);
    }

    @Test
    void who_does_not_answer_is_waited_for_no_longer_than_a_client_would() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HealthCatalog waiting = catalogAt(silent.getLocalPort())) {
            assertThat(fails(waiting.instances(WEB))).isTrue();
        }
    }

    private static boolean fails(CompletableFuture<?> future) throws Exception {
        return future.handle((value, failure) -> failure != null).get(30, SECONDS);
    }

    private static String entry(String node, String status) {
        return """
                {"Node": {"Node": "%s", "Address": "10.0.0.1", "Datacenter": "dc1"},
                 "Service": {"Port": 80, "Weights": {"Passing": 10, "Warning": 3}}, "Checks": [{"Status": "%s"}]}
                """.formatted(node, status);
    }
}
