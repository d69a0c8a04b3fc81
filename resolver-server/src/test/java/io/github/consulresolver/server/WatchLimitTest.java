package io.github.consulresolver.server;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.server.AskingClient.Told;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An agent that takes fewer connections than there are services to watch. */
@WithConsul(config = """
        {"limits": {"http_max_conns_per_client": 6}}
        """)
final class WatchLimitTest {
    private static final int SERVICES = 12;

    private final ConsulAgent agent;
    private final HeldProxy http;
    private final TestServer server;

    WatchLimitTest(ConsulAgent agent) throws Exception {
        this.agent = agent;
        // An agent counts connections by the address they come from: this is not the one that the test itself uses.
        http = new HeldProxy(agent.httpAddress(), InetAddress.getByName("127.0.0.2"));
        URI api = URI.create("http://127.0.0.1:" + http.address().getPort());
        server = TestServer.start(agent.dnsAddress(), config -> config.consulHttp(api));
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        http.close();
    }

    private static List<Instance> instances(int number) {
        return IntStream.range(0, SERVICES)
                .mapToObj(service -> Instance.of("many-" + service, address(service, number), 80)
                        .id("many-" + number)
                        .on("many-node-" + service + "-" + number, address(service, number)))
                .toList();
    }

    private static String address(int service, int number) {
        return "10.5." + service + "." + number;
    }

    private Told ask(int service) {
        return AskingClient.ask(server.address(), "many-" + service + ".service.consul.");
    }

    private void awaitAll(int... numbers) {
        for (int each = 0; each < SERVICES; each++) {
            int service = each;
            Told expected = Told.fresh(IntStream.of(numbers)
                    .mapToObj(number -> address(service, number))
                    .toArray(String[]::new));
            Await.until(
                    "many-" + service + " is " + expected, () -> ask(service).equals(expected));
        }
    }

    @Test
    void each_change_is_seen_whether_a_service_has_a_watch_or_not() {
        agent.register(instances(1));
        awaitAll(1);
        Await.until("some are coherent", () -> {
            int before = server.coherent();
            IntStream.range(0, SERVICES).forEach(this::ask);
            return server.coherent() > before;
        });

        agent.register(instances(2));
        awaitAll(1, 2);
        instances(1).forEach(agent::deregister);
        awaitAll(2);
    }
}
