package io.github.consulresolver.discovery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.discovery.BalancingPolicy;
import io.github.consulresolver.discovery.hosts.LiveServices;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsulHttpClientTest {
    @RegisterExtension
    final LiveServices services = new LiveServices();

    private ConsulHttpClient client;

    @BeforeEach
    void client() {
        client = client(BalancingPolicy.roundRobin());
    }

    private ConsulHttpClient client(BalancingPolicy policy) {
        return new ConsulHttpClient(services.consul(), HttpClient.newHttpClient(), policy);
    }

    private static HttpRequest get(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).build();
    }

    private String send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString()).body();
    }

    private String sendAsync(HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.ofString())
                .thenApply(HttpResponse::body)
                .join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://orders", "http://orders.service.consul", "http://Orders.Service.Consul"})
    void a_request_to_a_service_goes_to_an_instance(String service) throws Exception {
        int port = services.http("orders");

        assertThat(send(get(service + "/a%20b?q=%26"))).isEqualTo(port + " GET /a%20b?q=%26 127.0.0.1:" + port);
        assertThat(sendAsync(get(service))).isEqualTo(port + " GET / 127.0.0.1:" + port);
    }

    @Test
    void a_path_that_looks_like_a_host_is_a_path() throws Exception {
        int port = services.http("orders");

        assertThat(send(get("http://orders//example.org/"))).startsWith(port + " GET //example.org/ ");
    }

    @Test
    void a_host_with_a_port_is_no_service() throws Exception {
        int port = services.http("orders");

        assertThat(send(get("http://localhost:" + port + "/"))).endsWith(" localhost:" + port);
        assertThat(sendAsync(get("http://localhost:" + port + "/"))).endsWith(" localhost:" + port);
    }

    @Test
    void where_an_instance_cannot_be_reached_another_one_is_tried_whatever_the_method() throws Exception {
        services.refusing("orders");
        services.refusing("orders");
        int port = services.http("orders");
        HttpRequest post = HttpRequest.newBuilder(URI.create("http://orders/"))
                .POST(BodyPublishers.ofString("one"))
                .build();

        for (int i = 0; i < 6; i++) {
            assertThat(send(get("http://orders/"))).startsWith(port + " GET ");
            assertThat(send(post)).startsWith(port + " POST ");
            assertThat(sendAsync(post)).startsWith(port + " POST ");
        }
    }

    @Test
    void where_no_instance_can_be_reached_the_last_one_tells_why() {
        services.refusing("orders");
        services.refusing("orders");

        assertThatThrownBy(() -> send(get("http://orders/"))).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> sendAsync(get("http://orders/")))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ConnectException.class);
    }

    @Test
    void an_instance_that_says_that_it_cannot_is_left_out_by_a_policy_that_ejects() throws Exception {
        client = client(BalancingPolicy.roundRobin().ejecting(1, Duration.ofHours(1), 0.5));
        int failing = services.http("orders", 503);
        int port = services.http("orders");

        String first = send(get("http://orders/"));
        String second = send(get("http://orders/"));
        assertThat(first.startsWith(failing + " ") || second.startsWith(failing + " "))
                .as("each had its turn")
                .isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(send(get("http://orders/"))).startsWith(port + " ");
        }
    }

    @Test
    void a_service_without_instances_is_an_unknown_host() {
        assertThatThrownBy(() -> send(get("http://orders/"))).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> sendAsync(get("http://orders/"))).hasCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void a_host_that_no_service_can_have_is_refused() {
        HttpRequest request = get("http://" + "o".repeat(64) + "/");

        assertThatIllegalArgumentException().isThrownBy(() -> send(request));
        assertThatIllegalArgumentException().isThrownBy(() -> sendAsync(request));
    }
}
