package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceResolver;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The client library asks a Consul Resolver as it would an agent. */
@WithConsul
class LibraryConsulTest {
    private final ConsulAgent agent;
    private final TestServer server;
    private final ServiceResolver consul;

    LibraryConsulTest(ConsulAgent agent) throws StartException {
        this.agent = agent;
        server = TestServer.startWithStaleAnswers(agent.dnsAddress());
        consul = ServiceResolver.builder().agents(text(server.address())).build();
    }

    @AfterEach
    void close() {
        consul.close();
        server.close();
    }

    private static String text(InetSocketAddress address) {
        return "127.0.0.1:" + address.getPort();
    }

    private static List<Integer> ports(Endpoints endpoints) {
        return endpoints.instances().stream()
                .map(ServiceInstance::port)
                .sorted()
                .toList();
    }

    @Test
    void instances_have_what_they_were_registered_with() {
        agent.register(Instance.of("behind", "10.1.0.1", 8081).weights(10, 1));

        assertThat(consul.resolve("behind").instances()).singleElement().satisfies(instance -> {
            assertThat(instance.address().getHostAddress()).isEqualTo("10.1.0.1");
            assertThat(instance.port()).isEqualTo(8081);
            assertThat(instance.weight()).isEqualTo(10);
        });
        assertThat(consul.resolve("nobody").isEmpty()).isTrue();
    }

    @Test
    void a_big_service_is_complete() {
        agent.register(Instance.many("big", 300));

        assertThat(consul.resolve("big").instances()).hasSize(300);
    }

    @Test
    void changes_are_seen() throws InterruptedException {
        BlockingQueue<List<Integer>> told = new LinkedBlockingQueue<>();
        agent.register(Instance.of("seen", "10.2.0.1", 1));
        consul.watch("seen", endpoints -> told.add(ports(endpoints)));
        assertThat(next(told)).containsExactly(1);

        agent.register(Instance.of("seen", "10.2.0.2", 2));
        assertThat(next(told)).containsExactly(1, 2);
    }

    private static List<Integer> next(BlockingQueue<List<Integer>> told) throws InterruptedException {
        return Objects.requireNonNull(told.poll(60, TimeUnit.SECONDS), "nothing was told");
    }

    @Test
    void when_the_agent_is_gone_it_gives_what_was_known() {
        agent.register(Instance.of("lasting", "10.3.0.1", 1));
        assertThat(ports(consul.resolve("lasting"))).containsExactly(1);

        agent.kill();
        try (ServiceResolver another =
                ServiceResolver.builder().agents(text(server.address())).build()) {
            assertThat(ports(another.resolve("lasting"))).containsExactly(1);
        } finally {
            agent.restart();
        }
    }
}
