package io.github.consulresolver.devagent.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.devagent.RegisteredInstance;
import io.github.consulresolver.devagent.ServiceRegistration;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class FakeAgentTest {
    @RegisterExtension
    static final FakeAgent CONSUL = FakeAgent.start();

    @RegisterExtension
    static final FakeAgent OTHER =
            FakeAgent.start(agent -> agent.datacenter("dc2").withDemonstrationServices());

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static List<Integer> ports(FakeAgent agent, String service) throws IOException {
        return DnsClient.of(agent.dnsAddress())
                .ask(Protocol.TCP, DnsClient.question(service + ".service.consul", Type.SRV))
                .getSection(Section.ANSWER)
                .stream()
                .map(record -> ((SRVRecord) record).getPort())
                .sorted()
                .toList();
    }

    private CompletableFuture<HttpResponse<String>> get(String path) {
        return client.sendAsync(
                HttpRequest.newBuilder(CONSUL.httpUri().resolve(path)).build(), BodyHandlers.ofString());
    }

    @Test
    void an_instance_fails_warns_passes_and_goes() throws IOException {
        RegisteredInstance first = CONSUL.register("orders", "10.0.0.1", 1);
        CONSUL.register("orders", "10.0.0.2", 2);
        assertThat(ports(CONSUL, "orders")).containsExactly(1, 2);

        first.fail();
        assertThat(ports(CONSUL, "orders")).containsExactly(2);
        first.warn();
        assertThat(ports(CONSUL, "orders")).containsExactly(1, 2);
        first.fail();
        first.pass();
        assertThat(ports(CONSUL, "orders")).containsExactly(1, 2);
        first.deregister();
        assertThat(ports(CONSUL, "orders")).containsExactly(2);
    }

    @Test
    void one_that_has_gone_cannot_fail_and_may_go_again() {
        RegisteredInstance gone = CONSUL.register("orders", "10.0.0.1", 1);
        gone.deregister();
        gone.deregister();

        assertThatIllegalArgumentException().isThrownBy(gone::fail).withMessageContaining("orders-10.0.0.1-1");
    }

    @Test
    void tags_and_weights_are_those_registered() throws IOException {
        CONSUL.register("db", "10.0.0.1", 1, "primary");
        CONSUL.register(ServiceRegistration.of("db", 2).id("db-2").weights(7, 1));

        assertThat(ports(CONSUL, "primary.db")).containsExactly(1);
        assertThat(ports(CONSUL, "db")).containsExactly(1, 2);
    }

    @RepeatedTest(2)
    void each_test_begins_with_what_there_was_in_the_beginning() throws IOException {
        assertThat(ports(CONSUL, "mine")).isEmpty();
        assertThat(ports(OTHER, "orders")).containsExactly(8081, 8082, 8083);

        CONSUL.register("mine", "10.0.0.1", 1);
        OTHER.deregister("orders-1");
        OTHER.registerNode("n2", "10.0.0.2");
        CONSUL.pause();
        OTHER.stop();
    }

    @Test
    void its_index_does_not_go_back() throws Exception {
        CONSUL.register("orders", "10.0.0.1", 1);
        long before = index(get("/v1/health/service/orders"));

        CONSUL.reset();
        long forgotten = index(get("/v1/health/service/orders"));
        CONSUL.restart();

        assertThat(forgotten).isGreaterThan(before);
        assertThat(index(get("/v1/health/service/orders"))).isEqualTo(forgotten);
    }

    private static long index(CompletableFuture<HttpResponse<String>> answer) throws Exception {
        return answer.get(30, TimeUnit.SECONDS)
                .headers()
                .firstValueAsLong("X-Consul-Index")
                .orElseThrow();
    }

    @Test
    void while_it_is_paused_it_answers_nothing_and_then_all_that_it_was_asked() throws Exception {
        CONSUL.register("orders", "10.0.0.1", 1);
        CompletableFuture<HttpResponse<String>> watch =
                get("/v1/health/service/orders?index=" + index(get("/v1/health/service/orders")));

        CONSUL.pause();
        CompletableFuture<HttpResponse<String>> question = get("/v1/catalog/services");
        CONSUL.register("orders", "10.0.0.2", 2);
        try (DatagramSocket socket = new DatagramSocket()) {
            byte[] query = DnsClient.question("orders.service.consul", Type.SRV).toWire();
            socket.send(new DatagramPacket(query, query.length, CONSUL.dnsAddress()));
            DatagramPacket reply = new DatagramPacket(new byte[512], 512);
            socket.setSoTimeout(200);
            assertThatThrownBy(() -> socket.receive(reply)).isInstanceOf(SocketTimeoutException.class);
            assertThat(watch).isNotDone();
            assertThat(question).isNotDone();

            CONSUL.resume();
            socket.setSoTimeout(30_000);
            socket.receive(reply);
        }
        assertThat(watch.get(30, TimeUnit.SECONDS).body()).contains("10.0.0.2");
        assertThat(question.get(30, TimeUnit.SECONDS).body()).contains("orders");
        assertThat(ports(CONSUL, "orders")).containsExactly(1, 2);
    }

    @Test
    void stopped_it_is_not_there_and_restarted_it_knows_what_it_knew() throws Exception {
        CONSUL.register("orders", "10.0.0.1", 1);
        CompletableFuture<HttpResponse<String>> watch =
                get("/v1/health/service/orders?index=" + index(get("/v1/health/service/orders")));

        CONSUL.stop();
        assertThatThrownBy(() -> watch.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        assertThatThrownBy(() -> connect(CONSUL)).isInstanceOf(IOException.class);

        CONSUL.restart();
        assertThat(ports(CONSUL, "orders")).containsExactly(1);
    }

    private static void connect(FakeAgent agent) throws IOException {
        new Socket(agent.httpAddress().getAddress(), agent.httpAddress().getPort()).close();
    }

    @Nested
    class Within {
        @Test
        void a_nested_class_it_is_the_same_agent() throws IOException {
            connect(CONSUL);
        }
    }

    @AfterAll
    static void it_is_there_until_after_the_last_test() throws IOException {
        connect(CONSUL);
    }
}
