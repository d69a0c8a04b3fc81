package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.agent.ServiceEntry.Status;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import io.github.consulresolver.consul.WithConsul;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Watches at real agents. */
@WithConsul
class ConsulWatchTest {
    private static final Duration DAY = Duration.ofDays(1);

    private record Told<T>(WatchState state, T body, Coverage coverage) {
        boolean holds() {
            return coverage.holds(System.nanoTime());
        }
    }

    private final ConsulAgent agent;
    private final LongPolls polls;
    private final Lease lease = new Lease(System.nanoTime());

    ConsulWatchTest(ConsulAgent agent) {
        this.agent = agent;
        polls = new LongPolls(
                URI.create("http://127.0.0.1:" + agent.httpAddress().getPort()), AgentToken.NONE);
        polls.start();
        lease.until(System.nanoTime() + DAY.toNanos());
    }

    @AfterEach
    void end() {
        polls.close();
    }

    private <T> BlockingQueue<Told<T>> watch(WatchQuery<T> query) {
        BlockingQueue<Told<T>> told = new LinkedBlockingQueue<>();
        Watch<T> watch = new Watch<>(query, polls.line(), polls, lease, new Random(7), new WatchListener<>() {
            @Override
            public void covers(T body, Coverage coverage) {
                told.add(new Told<>(WatchState.LIVE, body, coverage));
            }

            @Override
            public void uncovered(WatchState state, String reason) {
                told.add(new Told<>(state, null, null));
            }
        });
        polls.execute(watch::start);
        return told;
    }

    private static <T> Told<T> next(BlockingQueue<Told<T>> told) throws InterruptedException {
        Told<T> next = told.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("what a watch tells").isNotNull();
        return next;
    }

    @Test
    void a_service_is_told_with_its_instances_and_tags() throws InterruptedException {
        agent.register(Instance.of("plain", "10.7.0.1", 80).tags("v1", "Blue"));

        Told<List<ServiceEntry>> first = next(watch(WatchQuery.service("plain")));

        assertThat(first.holds()).isTrue();
        assertThat(first.body()).singleElement().satisfies(entry -> {
            assertThat(entry.ofService().plain()).isEqualTo("10.7.0.1");
            assertThat(entry.port()).isEqualTo(80);
            assertThat(entry.tags()).containsExactly("v1", "Blue");
            assertThat(entry.status()).isEqualTo(Status.PASSING);
        });
    }

    @Test
    void a_check_that_turns_critical_is_told() throws InterruptedException {
        Instance instance = Instance.of("ill", "10.7.0.2", 80);
        agent.register(instance);
        agent.setStatus(instance, io.github.consulresolver.consul.Status.PASSING);
        var told = watch(WatchQuery.service("ill"));
        Told<List<ServiceEntry>> well = next(told);

        agent.setStatus(instance, io.github.consulresolver.consul.Status.CRITICAL);

        assertThat(until(told, body -> body.get(0).status() == Status.CRITICAL).holds())
                .isTrue();
        assertThat(well.holds()).isFalse();
    }

    private static <T> Told<T> until(BlockingQueue<Told<T>> told, Predicate<T> wanted) throws InterruptedException {
        Told<T> next = next(told);
        while (next.state() != WatchState.LIVE || !wanted.test(next.body())) {
            next = next(told);
        }
        return next;
    }

    @Test
    void a_service_that_is_absent_is_told_when_it_comes() throws InterruptedException {
        var told = watch(WatchQuery.service("late"));
        assertThat(next(told).body()).isEmpty();

        agent.register(Instance.of("late", "10.7.0.3", 80));

        assertThat(until(told, body -> !body.isEmpty()).body()).hasSize(1);
    }

    @Test
    void a_service_with_very_many_instances_is_told_whole() throws InterruptedException {
        agent.register(Instance.many("crowd", 2000));

        assertThat(next(watch(WatchQuery.service("crowd"))).body()).hasSize(2000);
    }

    @Test
    void sixty_services_are_watched_at_once() throws InterruptedException {
        for (int i = 0; i < 60; i++) {
            assertThat(next(watch(WatchQuery.service("absent-" + i))).holds()).isTrue();
        }
    }

    @Test
    void a_node_that_goes_is_told_though_the_body_is_empty() throws InterruptedException {
        Instance instance = Instance.of("leaving", "10.7.0.4", 80).on("leaving-node", "10.7.0.4");
        agent.register(instance);
        var told = watch(WatchQuery.nodes());
        Told<Boolean> first = next(told);

        agent.put("/v1/catalog/deregister", "{\"Node\": \"leaving-node\"}");

        assertThat(next(told).state()).isEqualTo(WatchState.LIVE);
        assertThat(first.holds()).isFalse();
    }

    @Test
    void a_change_of_a_check_is_told_by_the_signal_for_checks() throws InterruptedException {
        Instance instance = Instance.of("signalled", "10.7.0.5", 80).on("signalled-node", "10.7.0.5");
        agent.register(instance);
        var told = watch(WatchQuery.checks());
        Told<Boolean> first = next(told);

        agent.setStatus(instance, io.github.consulresolver.consul.Status.CRITICAL);

        assertThat(next(told).state()).isEqualTo(WatchState.LIVE);
        assertThat(first.holds()).isFalse();
    }

    @Test
    void a_change_of_a_port_is_told_by_the_signal_for_services() throws InterruptedException {
        agent.register(Instance.of("moved", "10.7.0.6", 80).on("moved-node", "10.7.0.6"));
        var told = watch(WatchQuery.services());
        Told<Boolean> first = next(told);

        agent.register(Instance.of("moved", "10.7.0.6", 81).on("moved-node", "10.7.0.6"));

        assertThat(next(told).state()).isEqualTo(WatchState.LIVE);
        assertThat(first.holds()).isFalse();
    }

    @Test
    void a_change_of_a_configuration_entry_is_told_though_no_body_is_read() throws InterruptedException {
        for (String kind : List.of("terminating-gateway", "ingress-gateway", "service-defaults")) {
            var told = watch(WatchQuery.configuration(kind));
            Told<Boolean> first = next(told);

            agent.put("/v1/config", "{\"Kind\": \"" + kind + "\", \"Name\": \"gate-" + kind + "\"}");

            assertThat(next(told).state()).isEqualTo(WatchState.LIVE);
            assertThat(first.holds()).isFalse();
        }
    }

    @Test
    void a_node_that_is_absent_is_told_as_nothing() throws InterruptedException {
        assertThat(next(watch(WatchQuery.node("absent-node"))).body()).isEmpty();
    }

    @Test
    void an_agent_that_dies_ends_coverage_and_one_that_is_back_is_covered_again() throws InterruptedException {
        agent.register(Instance.of("lasting", "10.7.0.7", 80).on("lasting-node", "10.7.0.7"));
        var told = watch(WatchQuery.service("lasting"));
        Told<List<ServiceEntry>> first = next(told);

        agent.kill();
        assertThat(next(told).state()).isEqualTo(WatchState.LOST);
        assertThat(first.holds()).isFalse();

        agent.restart();
        assertThat(until(told, body -> true).body()).hasSize(1);
    }

    @Test
    void an_agent_that_is_paused_is_noticed() throws InterruptedException {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        Lease own = new Lease(System.nanoTime());
        Pulse pulse = new Pulse(polls.line(), polls, own, new Random(7), new Pulse.Listener() {
            @Override
            public void beats() {
                heard.add("beats");
            }

            @Override
            public void missed(WatchState state, String reason) {
                heard.add(state.name());
            }
        });
        polls.execute(pulse::start);
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("beats");

        agent.pause();
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("SILENT");
        assertThat(own.holds(System.nanoTime())).isFalse();

        agent.resume();
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("beats");
    }
}
