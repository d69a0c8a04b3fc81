package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What subscribers are told. */
class PublisherTest {
    private static final Duration LOOK = Duration.ofMillis(1_200);

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final ServiceResolver consul = new ServiceResolver(
            ServiceResolver.builder(Map.of())
                    .withoutHttp()
                    .executor(Runnable::run)
                    .settings(),
            (settings, agents) -> network);
    private final Reader reader = new Reader();

    /** Notes what it is told. */
    private static class Reader implements Flow.Subscriber<Endpoints> {
        private final List<String> told = new ArrayList<>();
        private Flow.@Nullable Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            told.add("subscribed");
            subscription = begun;
        }

        @Override
        public void onNext(Endpoints endpoints) {
            told.add(endpoints.instances().size() + " instances");
        }

        @Override
        public void onError(Throwable failure) {
            told.add(failure.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            told.add("complete");
        }

        Flow.Subscription subscription() {
            return Objects.requireNonNull(subscription);
        }
    }

    @AfterEach
    void close() {
        consul.close();
    }

    private void instances(int number) {
        StringBuilder zone = new StringBuilder("node-1.node.dc1.consul. 0 IN A 10.0.0.1\n");
        for (int i = 1; i <= number; i++) {
            zone.append("orders.service.consul. 0 IN SRV 1 1 " + i + " node-1.node.dc1.consul.\n");
        }
        network.knows(zone.toString());
    }

    private void subscribe() {
        consul.publisher(ServiceName.of("orders")).subscribe(reader);
    }

    @Test
    void a_subscriber_is_told_the_last_when_he_wants_one() {
        instances(1);
        subscribe();
        network.pass(LOOK);
        instances(2);
        network.pass(LOOK);
        assertThat(reader.told).containsExactly("subscribed");

        reader.subscription().request(1);
        assertThat(reader.told).containsExactly("subscribed", "2 instances");
        instances(3);
        network.pass(LOOK);
        assertThat(reader.told).hasSize(2);
        reader.subscription().request(Long.MAX_VALUE);
        assertThat(reader.told).endsWith("3 instances");
    }

    @Test
    void who_wants_less_than_one_is_told_so_and_nothing_else() {
        instances(1);
        subscribe();
        reader.subscription().request(0);
        network.pass(LOOK);

        assertThat(reader.told).containsExactly("subscribed", "IllegalArgumentException");
    }

    @Test
    void who_wants_less_than_one_from_the_beginning_is_told_so_however_late_the_executor_is() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        ServiceResolver late = new ServiceResolver(
                ServiceResolver.builder(Map.of())
                        .withoutHttp()
                        .executor(tasks::add)
                        .settings(),
                (settings, agents) -> network);
        Reader hasty = new Reader() {
            @Override
            public void onSubscribe(Flow.Subscription begun) {
                super.onSubscribe(begun);
                begun.request(0);
            }
        };
        late.publisher(ServiceName.of("orders")).subscribe(hasty);
        tasks.forEach(Runnable::run);

        assertThat(hasty.told).containsExactly("subscribed", "IllegalArgumentException");
    }

    @Test
    void who_cancels_is_told_nothing_and_nobody_is_asked_for_him() {
        instances(1);
        subscribe();
        reader.subscription().request(9);
        network.pass(LOOK);
        reader.subscription().cancel();
        int before = network.asked().size();
        instances(2);
        network.pass(LOOK);
        consul.close();

        assertThat(reader.told).containsExactly("subscribed", "1 instances");
        assertThat(network.asked()).hasSize(before);
    }

    @Test
    void it_completes_when_the_resolver_is_closed_and_fails_for_who_comes_after_that() {
        subscribe();
        consul.close();
        Reader late = new Reader();
        consul.publisher(ServiceName.of("orders")).subscribe(late);

        assertThat(reader.told).containsExactly("subscribed", "complete");
        assertThat(late.told).containsExactly("subscribed", "Closed");
    }
}
