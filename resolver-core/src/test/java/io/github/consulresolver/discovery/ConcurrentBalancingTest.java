package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.alike;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many threads use one balancer, while its endpoints change and instances are ejected. */
class ConcurrentBalancingTest {
    private static final int THREADS = 4;
    private static final int REQUESTS = 5_000;
    private static final Endpoints ALL = alike(3);

    @Test
    void no_request_is_counted_as_in_flight_for_ever_and_none_leads_elsewhere() throws Exception {
        LoadBalancer balancer =
                new LoadBalancer(BalancingPolicy.consistentHashing().ejecting(2, Duration.ofNanos(1), 0.5));
        List<ServiceInstance> before = owners(balancer);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            running.add(threads.submit(() -> request(balancer)));
        }
        for (Future<?> each : running) {
            each.get(1, TimeUnit.MINUTES);
        }
        threads.shutdown();

        // One request that was still in flight would make keys of its instance give way.
        assertThat(owners(balancer)).isEqualTo(before);
    }

    private static void request(LoadBalancer balancer) {
        for (int i = 0; i < REQUESTS; i++) {
            Endpoints endpoints = i % 50 == 0 ? alike(2) : ALL;
            try (Lease lease = balancer.acquire(endpoints, "user-" + i)) {
                assertThat(endpoints.instances()).contains(lease.instance());
                if (i % 3 == 0) {
                    lease.succeeded();
                } else {
                    lease.failed();
                }
            }
        }
    }

    private static List<ServiceInstance> owners(LoadBalancer balancer) {
        return IntStream.range(0, 100)
                .mapToObj(key -> balancer.pick(ALL, "user-" + key))
                .toList();
    }
}
