package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.devagent.RegisteredInstance;
import io.github.consulresolver.devagent.junit.FakeAgent;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Those who watch, and the agent that is published for users' tests. No answer of its DNS is asked for again because its TTL is over: what is told
 * in time was told by its HTTP API.
 */
class FakeAgentWatchTest {
    @RegisterExtension
    static final FakeAgent CONSUL = FakeAgent.start();

    private static final Duration FOR_EVER = Duration.ofHours(2);

    private final ServiceResolver resolver = resolver(8);
    private final BlockingQueue<List<Integer>> told = new LinkedBlockingQueue<>();

    private static ServiceResolver resolver(int watches) {
        return ServiceResolver.builder()
                .agents(CONSUL.dns())
                .http(CONSUL.http())
                .ttl(FOR_EVER, FOR_EVER)
                .watches(watches)
                .build();
    }

    @AfterEach
    void close() {
        resolver.close();
    }

    private static List<Integer> ports(Endpoints endpoints) {
        return endpoints.instances().stream()
                .map(ServiceInstance::port)
                .sorted()
                .toList();
    }

    private List<Integer> next() throws InterruptedException {
        return Objects.requireNonNull(told.poll(60, TimeUnit.SECONDS), "nothing was told");
    }

    @Test
    void an_instance_comes_fails_passes_and_goes() throws InterruptedException {
        CONSUL.register("orders", "10.0.0.1", 1);
        resolver.watch("orders", endpoints -> told.add(ports(endpoints)));
        assertThat(next()).containsExactly(1);

        RegisteredInstance second = CONSUL.register("orders", "10.0.0.2", 2);
        assertThat(next()).containsExactly(1, 2);
        second.fail();
        assertThat(next()).containsExactly(1);
        second.pass();
        assertThat(next()).containsExactly(1, 2);
        second.deregister();
        assertThat(next()).containsExactly(1);
    }

    @Test
    void a_service_that_is_registered_later_is_told() throws InterruptedException {
        resolver.watch("late", endpoints -> told.add(ports(endpoints)));
        assertThat(next()).isEmpty();

        CONSUL.register("late", "10.0.0.1", 1);
        assertThat(next()).containsExactly(1);
    }

    @Test
    void names_without_a_watch_of_their_own_are_told_too() throws InterruptedException {
        CONSUL.register("first", "10.0.0.1", 1);
        CONSUL.register("second", "10.0.0.2", 2);
        CONSUL.register("third", "10.0.0.3", 3);
        try (ServiceResolver few = resolver(1)) {
            for (String name : List.of("first", "second", "third")) {
                few.watch(name, endpoints -> told.add(ports(endpoints)));
            }
            assertThat(List.of(next(), next(), next())).containsExactlyInAnyOrder(List.of(1), List.of(2), List.of(3));

            CONSUL.register("third", "10.0.0.30", 30);
            assertThat(next()).containsExactly(3, 30);
            CONSUL.register("second", "10.0.0.20", 20);
            assertThat(next()).containsExactly(2, 20);
            CONSUL.register("first", "10.0.0.10", 10);
            assertThat(next()).containsExactly(1, 10);
        }
    }

    @Test
    void what_changed_while_it_was_paused_or_gone_is_told() throws InterruptedException {
        CONSUL.register("orders", "10.0.0.1", 1);
        resolver.watch("orders", endpoints -> told.add(ports(endpoints)));
        assertThat(next()).containsExactly(1);

        CONSUL.pause();
        CONSUL.register("orders", "10.0.0.2", 2);
        CONSUL.resume();
        assertThat(next()).containsExactly(1, 2);

        CONSUL.stop();
        CONSUL.register("orders", "10.0.0.3", 3);
        CONSUL.restart();
        assertThat(next()).containsExactly(1, 2, 3);
    }
}
