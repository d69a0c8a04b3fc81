package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.alike;
import static io.github.consulresolver.discovery.Instances.endpoints;
import static io.github.consulresolver.discovery.Instances.instance;
import static io.github.consulresolver.discovery.Instances.weighing;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConsistentHashingTest {
    private static final int KEYS = 10_000;

    private final SplittableRandom random = new SplittableRandom(1608);
    private final LoadBalancer balancer = new LoadBalancer(BalancingPolicy.consistentHashing(), () -> 0, () -> random);

    @Test
    void a_key_leads_to_the_same_instance_in_every_process_whatever_the_order() {
        List<ServiceInstance> shuffled = new ArrayList<>(alike(10).instances());
        Collections.shuffle(shuffled, new Random(1));
        LoadBalancer elsewhere = new LoadBalancer(BalancingPolicy.consistentHashing());

        assertThat(ports(balancer, alike(10))).isEqualTo(ports(elsewhere, endpoints(shuffled)));
    }

    @Test
    void a_key_leads_to_the_same_instance_in_every_version() {
        assertThat(IntStream.range(0, 10)
                        .map(i -> balancer.pick(alike(10), "user-" + i).port()))
                .containsExactly(7, 3, 4, 1, 8, 5, 6, 2, 3, 5);
    }

    @Test
    void when_an_instance_goes_only_its_own_keys_move() {
        List<Integer> before = ports(balancer, alike(10));
        List<Integer> after = ports(balancer, alike(9));

        for (int key = 0; key < KEYS; key++) {
            assertThat(before.get(key)).isIn(10, after.get(key));
        }
        assertThat(after).doesNotContain(10);
    }

    @Test
    void when_an_instance_comes_it_gets_its_share_of_the_keys_and_no_other_moves() {
        List<Integer> before = ports(balancer, alike(9));
        List<Integer> after = ports(balancer, alike(10));

        for (int key = 0; key < KEYS; key++) {
            assertThat(after.get(key)).isIn(10, before.get(key));
        }
        assertThat(Collections.frequency(after, 10)).isBetween(KEYS * 7 / 100, KEYS * 13 / 100);
    }

    @Test
    void another_try_leads_where_the_key_would_if_the_instance_were_gone() {
        for (int key = 0; key < 100; key++) {
            ServiceInstance other = balancer.pick(alike(10).excluding(instance(10, 1, 1)), "user-" + key);

            assertThat(other).isEqualTo(balancer.pick(alike(9), "user-" + key));
        }
    }

    @Test
    void keys_are_shared_by_weight() {
        int heavy = Collections.frequency(ports(balancer, weighing(1, 1, 2)), 3);

        assertThat(heavy).isBetween(KEYS * 42 / 100, KEYS * 58 / 100);
    }

    @Test
    void no_instance_has_more_than_a_quarter_above_its_share_of_the_requests_in_flight() {
        Endpoints endpoints = weighing(1, 1, 2);

        int[] inFlight = Picks.of(
                        3,
                        1_000,
                        () -> balancer.acquire(endpoints, "everybody's").instance())
                .counts();

        assertThat(inFlight[0]).isLessThanOrEqualTo(313);
        assertThat(inFlight[1]).isLessThanOrEqualTo(313);
        assertThat(inFlight[2]).isLessThanOrEqualTo(625);
    }

    @Test
    void a_key_that_had_to_give_way_comes_back_when_the_load_is_over() {
        Endpoints endpoints = alike(3);
        ServiceInstance own = balancer.pick(endpoints, "user-1");
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            leases.add(balancer.acquire(endpoints, "user-1"));
        }

        assertThat(leases).extracting(Lease::instance).contains(own).anyMatch(instance -> !instance.equals(own));

        leases.forEach(Lease::close);
        assertThat(balancer.pick(endpoints, "user-1")).isEqualTo(own);
    }

    @Test
    void without_a_key_a_random_one_is_taken() {
        Endpoints endpoints = alike(3);

        assertThat(Picks.of(3, 300, () -> balancer.pick(endpoints)).counts()).doesNotContain(0);
    }

    @Test
    void ten_thousand_instances_have_room_on_the_ring() {
        Endpoints endpoints = alike(10_000);

        assertThat(endpoints.instances()).contains(balancer.pick(endpoints, "user-1"));
    }

    /** For each key the port of its instance. */
    private static List<Integer> ports(LoadBalancer balancer, Endpoints endpoints) {
        return IntStream.range(0, KEYS)
                .mapToObj(key -> balancer.pick(endpoints, "user-" + key).port())
                .toList();
    }
}
