package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What those who watch are told, and what they are not. */
class WatchTest {
    private static final Duration MOMENT = Duration.ofMillis(1);
    private static final Duration LOOK = Duration.ofMillis(1_200);

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final Heard heard = new Heard();
    private final ServiceResolver consul = resolver(ServiceResolver.builder(Map.of()));
    private final List<List<Integer>> told = new ArrayList<>();

    private ServiceResolver resolver(ServiceResolver.Builder builder) {
        return new ServiceResolver(
                builder.withoutHttp().executor(Runnable::run).listener(heard).settings(),
                (settings, agents) -> network);
    }

    private static final class Heard implements DiscoveryListener {
        private final List<Endpoints> changes = new ArrayList<>();
        private final List<Throwable> thrown = new ArrayList<>();
        private boolean throwing;

        @Override
        public void changed(Endpoints now) {
            changes.add(now);
            if (throwing) {
                throw new IllegalStateException("of the test");
            }
        }

        @Override
        public void watcherFailed(ServiceName name, Throwable what) {
            thrown.add(what);
        }
    }

    @AfterEach
    void close() {
        consul.close();
    }

    private static List<Integer> ports(Endpoints endpoints) {
        return endpoints.instances().stream()
                .map(ServiceInstance::port)
                .sorted()
                .toList();
    }

    private Watch watch() {
        return watch(endpoints -> told.add(ports(endpoints)));
    }

    private Watch watch(Consumer<Endpoints> watcher) {
        return consul.watch("orders", watcher);
    }

    /** Instances of orders at these ports, in this order. */
    private void instances(int ttl, int... ports) {
        StringBuilder zone = new StringBuilder("node-1.node.dc1.consul. " + ttl + " IN A 10.0.0.1\n");
        for (int port : ports) {
            zone.append("orders.service.consul. ")
                    .append(ttl)
                    .append(" IN SRV 1 1 ")
                    .append(port)
                    .append(" node-1.node.dc1.consul.\n");
        }
        network.knows(zone.toString());
    }

    @Test
    void the_instances_there_are_come_first_and_then_each_change() {
        instances(0, 1);
        watch();
        network.pass(MOMENT);
        assertThat(told).containsExactly(List.of(1));

        instances(0, 1, 2);
        network.pass(LOOK);
        network.knows("");
        network.pass(LOOK);

        assertThat(told).containsExactly(List.of(1), List.of(1, 2), List.of());
    }

    @Test
    void another_order_and_another_ttl_are_no_change() {
        instances(0, 1, 2);
        watch();
        network.pass(LOOK);
        instances(3, 2, 1);
        network.pass(LOOK.multipliedBy(5));

        assertThat(told).hasSize(1);
        assertThat(heard.changes).hasSize(1);
    }

    @Test
    void another_weight_is_a_change() {
        network.knows("""
                orders.service.consul. 0 IN SRV 1 1 80 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);
        List<Endpoints> seen = new ArrayList<>();
        watch(seen::add);
        network.pass(LOOK);
        network.knows("""
                orders.service.consul. 0 IN SRV 1 9 80 node-1.node.dc1.consul.
                node-1.node.dc1.consul. 0 IN A 10.0.0.1
                """);
        network.pass(LOOK);

        assertThat(seen).extracting(endpoints -> endpoints.pick().weight()).containsExactly(1, 9);
    }

    @Test
    void who_comes_later_is_told_what_is_known_at_once() {
        instances(60, 1);
        watch();
        network.pass(LOOK);
        int before = network.asked().size();

        List<Endpoints> late = new ArrayList<>();
        watch(late::add);

        assertThat(late).hasSize(1);
        assertThat(network.asked()).hasSize(before);
    }

    @Test
    void an_answer_is_had_anew_before_its_ttl_is_over() {
        instances(20, 1);
        watch();
        network.pass(Duration.ofMillis(17_900));
        assertThat(network.asked()).hasSize(1);

        instances(20, 2);
        network.pass(Duration.ofMillis(1_900));

        assertThat(told).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void a_floor_under_the_ttl_is_how_often_the_agent_is_asked() {
        ServiceResolver seldom =
                resolver(ServiceResolver.builder(Map.of()).ttl(Duration.ofSeconds(10), Duration.ofSeconds(10)));
        instances(0, 1);
        seldom.watch("orders", endpoints -> told.add(ports(endpoints)));
        network.pass(Duration.ofSeconds(60));

        assertThat(network.asked()).hasSizeBetween(5, 8);
    }

    @Test
    void an_agent_that_is_gone_is_no_change() {
        instances(0, 1);
        Watch watch = watch();
        network.pass(LOOK);
        network.goes();
        network.pass(Duration.ofHours(2));

        assertThat(told).hasSize(1);
        assertThat(watch.latest().map(WatchTest::ports)).contains(List.of(1));
    }

    @Test
    void what_changed_while_the_agent_was_gone_is_told_when_it_is_back() {
        instances(0, 1);
        watch();
        network.pass(LOOK);
        network.goes();
        network.pass(Duration.ofHours(2));
        instances(0, 2);
        network.comesBack();
        network.pass(Duration.ofSeconds(5));

        assertThat(told).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void who_watches_before_there_is_an_agent_is_told_when_there_is_one() {
        network.goes();
        Watch watch = watch();
        network.pass(Duration.ofMinutes(1));
        assertThat(told).isEmpty();
        assertThat(watch.latest()).isEmpty();

        instances(0, 1);
        network.comesBack();
        network.pass(Duration.ofSeconds(5));

        assertThat(told).containsExactly(List.of(1));
    }

    @Test
    void what_one_throws_is_counted_and_he_is_told_of_the_next_change() {
        instances(0, 1);
        watch(endpoints -> {
            told.add(ports(endpoints));
            throw new IllegalStateException("of the test");
        });
        network.pass(LOOK);
        instances(0, 2);
        network.pass(LOOK);

        assertThat(told).containsExactly(List.of(1), List.of(2));
        assertThat(heard.thrown).hasSize(2).allMatch(IllegalStateException.class::isInstance);
    }

    @Test
    void a_closed_watch_tells_nothing_and_asks_nobody() {
        instances(0, 1);
        Watch watch = watch();
        network.pass(LOOK);
        int before = network.asked().size();

        watch.close();
        instances(0, 2);
        network.pass(Duration.ofMinutes(1));

        assertThat(told).hasSize(1);
        assertThat(network.asked()).hasSize(before);
    }

    @Test
    void one_of_two_who_closes_leaves_the_other() {
        instances(0, 1);
        Watch one = watch(endpoints -> {});
        watch();
        network.pass(LOOK);

        one.close();
        instances(0, 2);
        network.pass(LOOK);

        assertThat(told).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void who_watches_the_same_by_another_name_is_told_of_that_name() {
        instances(0, 1);
        ServiceName whole = ServiceName.fqdn("orders.service.consul");
        List<Endpoints> seen = new ArrayList<>();
        watch();
        Watch other = consul.watch(whole, seen::add);
        network.pass(LOOK);
        other.close();
        instances(0, 2);
        network.pass(LOOK);

        assertThat(seen).extracting(Endpoints::name).containsExactly(whole);
        assertThat(told).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void a_watch_may_be_closed_by_who_is_told() {
        instances(0, 1);
        List<Watch> own = new ArrayList<>();
        own.add(watch(endpoints -> {
            told.add(ports(endpoints));
            own.get(0).close();
        }));
        network.pass(LOOK);
        instances(0, 2);
        network.pass(LOOK);

        assertThat(told).hasSize(1);
    }

    @Test
    void what_is_known_now_is_as_old_as_the_last_answer_though_it_is_no_change() {
        instances(0, 1);
        Watch watch = watch();
        network.pass(Duration.ofMinutes(5));

        assertThat(watch.latest().map(Endpoints::age).orElseThrow()).isLessThan(LOOK);
    }

    @Test
    void what_is_known_now_is_stale_no_more_when_the_agent_is_back() {
        instances(0, 1);
        consul.resolve("orders");
        network.goes();
        Watch watch = watch();
        network.pass(MOMENT);
        assertThat(watch.latest().map(Endpoints::isStale)).contains(true);

        network.comesBack();
        network.pass(Duration.ofSeconds(5));
        assertThat(watch.latest().map(Endpoints::isStale)).contains(false);
        assertThat(told).hasSize(1);
    }

    @Test
    void while_one_is_told_others_may_begin_and_end() {
        instances(0, 1);
        Watch other = watch(endpoints -> {});
        List<Boolean> done = new ArrayList<>();
        watch(endpoints -> {
            done.add(isDoneElsewhere(() -> watch(later -> {})));
            done.add(isDoneElsewhere(other::close));
        });
        network.pass(LOOK);

        assertThat(done).containsExactly(true, true);
    }

    private static boolean isDoneElsewhere(Runnable task) {
        Thread elsewhere = new Thread(task);
        elsewhere.setDaemon(true);
        elsewhere.start();
        try {
            elsewhere.join(Duration.ofSeconds(30).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !elsewhere.isAlive();
    }

    @Test
    void a_listener_that_throws_ends_no_watch() {
        heard.throwing = true;
        instances(0, 1);
        watch();
        network.pass(LOOK);
        instances(0, 2);
        network.pass(LOOK);

        assertThat(told).containsExactly(List.of(1), List.of(2));
    }

    @Test
    void what_somebody_else_has_found_out_is_told_without_a_look() {
        instances(0, 1);
        watch();
        network.pass(LOOK);
        instances(0, 2);
        int before = network.asked().size();

        consul.resolve("orders");
        network.pass(MOMENT);

        assertThat(told).containsExactly(List.of(1), List.of(2));
        assertThat(network.asked()).hasSize(before + 1);
    }

    @Test
    void closing_the_resolver_ends_the_watches() {
        instances(0, 1);
        watch();
        network.pass(LOOK);
        int before = network.asked().size();

        consul.close();
        network.pass(Duration.ofMinutes(1));

        assertThat(network.asked()).hasSize(before);
        assertThat(network.closed).isTrue();
        assertThatExceptionOfType(ResolutionException.Closed.class).isThrownBy(this::watch);
    }

    @Test
    void when_it_cannot_start_nothing_is_left_open() {
        ServiceResolver broken = new ServiceResolver(
                ServiceResolver.builder(Map.of()).http("unix:///%00").settings(), (settings, agents) -> network);

        assertThatExceptionOfType(InvalidPathException.class).isThrownBy(() -> broken.resolve("orders"));
        assertThat(network.closed).isTrue();
    }

    @Test
    void a_name_that_nobody_can_resolve_says_who_was_asked() {
        network.goes();

        assertThatExceptionOfType(ResolutionException.NoAgent.class)
                .isThrownBy(() -> consul.resolve("orders"))
                .withMessageContaining("orders.service.consul.")
                .withMessageContaining("127.0.0.1:8600: nothing listens there");
    }
}
