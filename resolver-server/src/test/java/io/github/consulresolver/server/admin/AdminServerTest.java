package io.github.consulresolver.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.consul.FreePort;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AdminServerTest {

    private static final Health HEALTH = new Health(List.of("127.0.0.1:53"), "127.0.0.1:8600", List.of("10.0.0.2:53"));

    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private AdminServer admin;

    @BeforeEach
    void start() throws IOException {
        admin = AdminServer.start(loopback(0), () -> HEALTH, meters);
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    @Test
    void health_is_json() throws IOException {
        String reply = ask("GET", "/health", "127.0.0.1");

        assertThat(reply)
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("\r\nContent-Type: application/json\r\n")
                .endsWith("\r\n\r\n{\"status\":\"up\",\"listen\":[\"127.0.0.1:53\"],\"consul\":\"127.0.0.1:8600\","
                        + "\"recursors\":[\"10.0.0.2:53\"]}\n");
    }

    @Test
    void metrics_are_in_the_text_format_of_prometheus() throws IOException {
        meters.counter("asked").increment(3);

        assertThat(ask("GET", "/metrics", "127.0.0.1"))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
                .contains("\nasked_total 3.0\n");
    }

    @Test
    void head_gives_the_length_without_the_body() throws IOException {
        assertThat(ask("HEAD", "/health", "127.0.0.1"))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("\r\nContent-Length: " + HEALTH.toJson().length() + "\r\n")
                .endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource({"POST, /health", "PUT, /metrics", "DELETE, /health", "OPTIONS, /metrics"})
    void other_methods_are_not_allowed(String method, String path) throws IOException {
        assertThat(ask(method, path, "127.0.0.1"))
                .startsWith("HTTP/1.1 405 ")
                .containsIgnoringCase("\r\nAllow: GET, HEAD\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/healthy", "/health/", "/metrics/x", "/HEALTH"})
    void other_paths_are_not_found(String path) throws IOException {
        assertThat(ask("GET", path, "127.0.0.1")).startsWith("HTTP/1.1 404 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:8653", "127.0.0.1", "127.0.0.1:8653", "127.9.9.9", "[::1]:8653"})
    void a_host_header_that_means_loopback_is_accepted(String host) throws IOException {
        assertThat(ask("GET", "/health", host)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"attacker.example", "localhost.attacker.example:8653", "192.0.2.1", "0.0.0.0", "", "[::1"})
    void a_host_header_of_somebody_else_is_refused(String host) throws IOException {
        assertThat(ask("GET", "/health", host)).startsWith("HTTP/1.1 403 ").doesNotContain("listen");
    }

    @Test
    void a_request_without_host_is_refused() throws IOException {
        assertThat(send("GET /health HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void the_address_that_was_connected_to_may_be_named() {
        assertThat(HostHeader.isOurs("192.0.2.7:8653", new InetSocketAddress("192.0.2.7", 8653)))
                .isTrue();
        assertThat(HostHeader.isOurs("192.0.2.8:8653", new InetSocketAddress("192.0.2.7", 8653)))
                .isFalse();
    }

    @Test
    void a_port_that_is_taken_is_told() {
        assertThatThrownBy(() -> AdminServer.start(admin.address(), () -> HEALTH, meters))
                .isInstanceOf(BindException.class);
    }

    @Test
    void after_closing_the_port_is_free() throws IOException {
        InetSocketAddress address = loopback(FreePort.find());
        AdminServer.start(address, () -> HEALTH, meters).close();

        try (AdminServer next = AdminServer.start(address, () -> HEALTH, meters)) {
            assertThat(next.address()).isEqualTo(address);
        }
    }

    private String ask(String method, String path, String host) throws IOException {
        return send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    }

    private String send(String request) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(admin.address(), 5_000);
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
