package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.Status;
import io.github.consulresolver.consul.WithConsul;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What those who watch are told of real agents, over HTTP and without it. */
@WithConsul
class WatchConsulTest {
    private static final long GENEROUS = TimeUnit.SECONDS.toNanos(60);

    private final ConsulAgent agent;
    private final ServiceResolver consul;
    private final BlockingQueue<List<Integer>> told = new LinkedBlockingQueue<>();

    WatchConsulTest(ConsulAgent agent) {
        this.agent = agent;
        consul = ServiceResolver.builder()
                .agents(text(agent.dnsAddress()))
                .http(text(agent.httpAddress()))
                .build();
    }

    @AfterEach
    void close() {
        consul.close();
    }

    private static String text(InetSocketAddress address) {
        return "127.0.0.1:" + address.getPort();
    }

    private Watch watch(String service) {
        return consul.watch(service, endpoints -> told.add(ports(endpoints)));
    }

    private static List<Integer> ports(Endpoints endpoints) {
        return endpoints.instances().stream()
                .map(ServiceInstance::port)
                .sorted()
                .toList();
    }

    private List<Integer> next() throws InterruptedException {
        return Objects.requireNonNull(told.poll(GENEROUS, TimeUnit.NANOSECONDS), "nothing was told");
    }

    /** An agent that has just started may say something else first. */
    private void awaitTold(List<Integer> ports) throws InterruptedException {
        while (!next().equals(ports)) {
            // Something else was said.
        }
    }

    @Test
    void an_instance_comes_fails_passes_and_goes() throws InterruptedException {
        Instance first = Instance.of("coming", "10.1.0.1", 1);
        Instance second = Instance.of("coming", "10.1.0.2", 2);
        agent.register(first);
        watch("coming");
        assertThat(next()).containsExactly(1);

        agent.register(second);
        assertThat(next()).containsExactly(1, 2);
        agent.setStatus(second, Status.CRITICAL);
        assertThat(next()).containsExactly(1);
        agent.setStatus(second, Status.PASSING);
        assertThat(next()).containsExactly(1, 2);
        agent.deregister(first);
        assertThat(next()).containsExactly(2);
        agent.deregister(second);
        assertThat(next()).isEmpty();
    }

    /** No answer is asked for again because its TTL is over. */
    @Test
    void names_without_a_watch_of_their_own_are_told_by_the_agents_signals() throws InterruptedException {
        Duration forEver = Duration.ofHours(2);
        Instance later = Instance.of("alone-2", "10.5.0.3", 3);
        agent.register(Instance.of("alone-1", "10.5.0.1", 1), Instance.of("alone-2", "10.5.0.2", 2));
        try (ServiceResolver few = ServiceResolver.builder()
                .agents(text(agent.dnsAddress()))
                .http(text(agent.httpAddress()))
                .ttl(forEver, forEver)
                .watches(1)
                .build()) {
            few.watch("alone-1", endpoints -> told.add(ports(endpoints)));
            assertThat(next()).containsExactly(1);
            few.watch("alone-2", endpoints -> told.add(ports(endpoints)));
            assertThat(next()).containsExactly(2);

            agent.register(later);
            assertThat(next()).containsExactly(2, 3);
            agent.deregister(later);
            assertThat(next()).containsExactly(2);
        }
    }

    @Test
    void without_http_it_is_seen_all_the_same() throws InterruptedException {
        Instance second = Instance.of("plain", "10.2.0.2", 2);
        agent.register(Instance.of("plain", "10.2.0.1", 1));
        try (ServiceResolver plain =
                ServiceResolver.builder().agents(text(agent.dnsAddress())).build()) {
            plain.watch("plain", endpoints -> told.add(ports(endpoints)));
            assertThat(next()).containsExactly(1);

            agent.register(second);
            assertThat(next()).containsExactly(1, 2);
            agent.deregister(second);
            assertThat(next()).containsExactly(1);
        }
    }

    @Test
    void while_the_agent_is_dead_the_last_instances_are_given_and_then_those_there_are() throws InterruptedException {
        agent.register(Instance.of("lasting", "10.3.0.1", 1));
        Watch watch = watch("lasting");
        assertThat(next()).containsExactly(1);

        agent.kill();
        Endpoints meanwhile = consul.resolve("lasting");
        // As long as nobody has heard of it, it is what the agent said last.
        while (!meanwhile.isStale()) {
            meanwhile = consul.resolve("lasting");
        }
        assertThat(ports(meanwhile)).containsExactly(1);

        agent.restart();
        agent.register(Instance.of("lasting", "10.3.0.2", 2));
        awaitTold(List.of(1, 2));
        assertThat(watch.latest().map(WatchConsulTest::ports)).contains(List.of(1, 2));
        assertThat(consul.resolve("lasting").isStale()).isFalse();
    }

    @Test
    void while_the_agent_is_paused_the_last_instances_are_given() throws InterruptedException {
        agent.register(Instance.of("paused", "10.4.0.1", 1));
        watch("paused");
        assertThat(next()).containsExactly(1);

        agent.pause();
        try {
            assertThat(ports(consul.resolve("paused"))).containsExactly(1);
        } finally {
            agent.resume();
        }
        agent.register(Instance.of("paused", "10.4.0.2", 2));
        awaitTold(List.of(1, 2));
    }
}
