package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.alike;
import static io.github.consulresolver.discovery.Instances.endpoints;
import static io.github.consulresolver.discovery.Instances.instance;
import static io.github.consulresolver.discovery.Instances.weighing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LoadBalancerTest {
    private static final int PICKS = 100_000;

    static Stream<BalancingPolicy> policies() {
        return Stream.of(
                BalancingPolicy.weighted(),
                BalancingPolicy.random(),
                BalancingPolicy.roundRobin(),
                BalancingPolicy.leastRequests(),
                BalancingPolicy.consistentHashing());
    }

    @Test
    void weighted_picks_follow_the_weights_as_rfc_2782_has_it() {
        assertThat(picks(BalancingPolicy.weighted(), weighing(1, 2, 7, 0)))
                .matches(each -> each.lookDrawnBy(1, 2, 7, 1));
    }

    @Test
    void random_picks_do_not_look_at_the_weights() {
        assertThat(picks(BalancingPolicy.random(), weighing(1, 2, 7, 0))).matches(each -> each.lookDrawnBy(1, 1, 1, 1));
    }

    @Test
    void without_requests_in_flight_two_choices_follow_the_weights() {
        assertThat(picks(BalancingPolicy.leastRequests(), weighing(1, 2, 7, 0)))
                .matches(each -> each.lookDrawnBy(1, 2, 7, 1));
    }

    @Test
    void taking_turns_gives_each_exactly_its_weight() {
        LoadBalancer balancer = balancer(BalancingPolicy.roundRobin());
        Endpoints endpoints = weighing(1, 2, 7);

        assertThat(Picks.of(3, 1_000, () -> balancer.pick(endpoints)).counts()).containsExactly(100, 200, 700);
    }

    @Test
    void taking_turns_among_equals_never_takes_one_twice_before_all() {
        LoadBalancer balancer = balancer(BalancingPolicy.roundRobin());
        Endpoints endpoints = weighing(10, 10, 10, 10);

        for (int round = 0; round < 100; round++) {
            assertThat(Picks.of(4, 4, () -> balancer.pick(endpoints)).counts()).containsOnly(1);
        }
    }

    @Test
    void taking_turns_goes_on_where_it_was_when_the_agent_shuffles() {
        LoadBalancer balancer = balancer(BalancingPolicy.roundRobin());
        List<ServiceInstance> taken = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            taken.add(balancer.pick(
                    endpoints(instance(1, 1, 1), instance(2, 1, 1), instance(3, 1, 1), instance(4, 1, 1))));
            taken.add(balancer.pick(
                    endpoints(instance(4, 1, 1), instance(2, 1, 1), instance(1, 1, 1), instance(3, 1, 1))));
        }

        assertThat(taken).doesNotHaveDuplicates();
    }

    @Test
    void balancers_that_start_together_do_not_all_begin_with_the_same_instance() {
        SplittableRandom random = new SplittableRandom(1);
        Endpoints endpoints = alike(4);

        assertThat(Picks.of(
                        4,
                        10_000,
                        () -> new LoadBalancer(BalancingPolicy.roundRobin(), () -> 0, () -> random).pick(endpoints)))
                .matches(each -> each.lookDrawnBy(1, 1, 1, 1));
    }

    @Test
    void light_instances_beside_a_heavy_one_do_not_take_their_turns_all_at_once() {
        LoadBalancer balancer = balancer(BalancingPolicy.roundRobin());
        Endpoints endpoints = weighing(10, 1, 1, 1, 1, 1);

        ServiceInstance before = balancer.pick(endpoints);
        for (int i = 0; i < 300; i++) {
            ServiceInstance next = balancer.pick(endpoints);
            assertThat(List.of(before.weight(), next.weight())).contains(10);
            before = next;
        }
    }

    @Test
    void of_two_choices_the_one_with_fewer_requests_in_flight_is_taken() {
        LoadBalancer balancer = balancer(BalancingPolicy.leastRequests());
        Endpoints endpoints = alike(2);
        ServiceInstance busy = balancer.acquire(endpoints).instance();

        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pick(endpoints)).isNotEqualTo(busy);
        }
    }

    @Test
    void requests_in_flight_spread_by_weight() {
        LoadBalancer balancer = balancer(BalancingPolicy.leastRequests());
        Endpoints endpoints = weighing(1, 3);

        int[] inFlight =
                Picks.of(2, 400, () -> balancer.acquire(endpoints).instance()).counts();

        assertThat(inFlight[0]).isBetween(99, 101);
    }

    @Test
    void two_choices_keep_the_largest_load_near_the_average_where_chance_does_not() {
        int[] chosen = inFlight(BalancingPolicy.leastRequests());
        int[] random = inFlight(BalancingPolicy.weighted());

        assertThat(IntStream.of(chosen).max().orElseThrow()).isLessThan(14);
        assertThat(IntStream.of(random).max().orElseThrow()).isGreaterThan(16);
    }

    /** 1,000 requests at 100 instances, none of which ends. */
    private static int[] inFlight(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);
        Endpoints endpoints = alike(100);
        return Picks.of(100, 1_000, () -> balancer.acquire(endpoints).instance())
                .counts();
    }

    @Test
    void a_request_is_in_flight_until_its_lease_is_closed_once() {
        LoadBalancer balancer = balancer(BalancingPolicy.leastRequests());
        Endpoints endpoints = alike(2);
        Lease one = balancer.acquire(endpoints);
        Lease other = balancer.acquire(endpoints);

        one.close();
        one.close();

        assertThat(other.instance()).isNotEqualTo(one.instance());
        assertThat(balancer.acquire(endpoints).instance()).isEqualTo(one.instance());
        assertThat(Picks.of(2, 1_000, () -> balancer.pick(endpoints)).counts()).doesNotContain(0);
    }

    @Test
    void requests_in_flight_are_remembered_when_the_endpoints_change() {
        LoadBalancer balancer = balancer(BalancingPolicy.leastRequests());
        ServiceInstance busy = balancer.acquire(alike(2)).instance();

        int other = 3 - busy.port();
        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pick(weighing(5, 5)).port()).isEqualTo(other);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void only_the_lowest_priority_is_used(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);
        Endpoints endpoints = endpoints(instance(1, 2, 100), instance(2, 1, 1), instance(3, 1, 0));

        assertThat(Picks.of(3, 1_000, () -> balancer.pick(endpoints)).counts()[0])
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void weights_of_0_alone_are_weights_too(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);
        Endpoints endpoints = weighing(0, 0, 0);

        assertThat(Picks.of(3, 1_000, () -> balancer.pick(endpoints)).counts()).doesNotContain(0);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void a_single_instance_is_always_the_one(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);

        assertThat(balancer.pick(alike(1))).isEqualTo(instance(1, 1, 1));
        assertThat(balancer.pick(alike(1), "key")).isEqualTo(instance(1, 1, 1));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void from_an_empty_service_nothing_can_be_picked(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);

        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> balancer.acquire(endpoints()))
                .withMessage("orders.service has no healthy instance");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void another_try_takes_another_instance(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);
        Endpoints endpoints = weighing(1, 100, 1);
        ServiceInstance failed = balancer.pick(endpoints);

        Endpoints rest = endpoints.excluding(failed);

        for (int i = 0; i < 100; i++) {
            assertThat(balancer.acquire(rest).instance()).isNotEqualTo(failed);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void when_all_were_tried_there_is_no_other(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy);
        Endpoints endpoints = alike(2);

        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> balancer.pick(endpoints.excluding(instance(1, 1, 1), instance(2, 1, 1))))
                .withMessageContaining("excluded");
    }

    @ParameterizedTest
    @MethodSource("policies")
    void near_instances_of_a_priority_come_first(BalancingPolicy policy) {
        LoadBalancer balancer = balancer(policy.preferring(instance -> instance.port() == 2));
        Endpoints endpoints = endpoints(instance(1, 1, 100), instance(2, 1, 1), instance(3, 1, 100));

        assertThat(Picks.of(3, 100, () -> balancer.pick(endpoints)).counts()).containsExactly(0, 100, 0);
        assertThat(balancer.pick(endpoints.excluding(instance(2, 1, 1)))).isNotEqualTo(instance(2, 1, 1));
    }

    @Test
    void a_lower_priority_is_not_used_for_being_near() {
        LoadBalancer balancer = balancer(BalancingPolicy.weighted().preferring(instance -> instance.port() == 2));

        assertThat(balancer.pick(endpoints(instance(1, 1, 1), instance(2, 2, 1))))
                .isEqualTo(instance(1, 1, 1));
    }

    @Test
    void instances_on_this_machine_are_near() {
        LoadBalancer balancer = balancer(BalancingPolicy.weighted().preferringThisHost());
        ServiceInstance here = instance("127.0.0.1", 2, 1, 1);
        Endpoints endpoints = endpoints(instance("192.0.2.1", 1, 1, 100), here, instance("2001:db8::1", 3, 1, 100));

        for (int i = 0; i < 100; i++) {
            assertThat(balancer.pick(endpoints)).isEqualTo(here);
        }
    }

    @Test
    void an_instance_that_comes_is_used_and_one_that_goes_is_not() {
        LoadBalancer balancer = balancer(BalancingPolicy.roundRobin());
        balancer.pick(endpoints(instance(1, 1, 1), instance(2, 1, 1)));
        Endpoints changed = endpoints(instance(2, 1, 1), instance(3, 1, 1));

        assertThat(Picks.of(3, 100, () -> balancer.pick(changed)).counts()).containsExactly(0, 50, 50);
    }

    @Test
    void nothing_is_no_argument() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> new LoadBalancer(null))
                .withMessage("policy");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> balancer(BalancingPolicy.random()).pick(alike(2), null))
                .withMessage("key");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> BalancingPolicy.random().preferring(null))
                .withMessage("near");
    }

    private static LoadBalancer balancer(BalancingPolicy policy) {
        SplittableRandom random = new SplittableRandom(2782);
        return new LoadBalancer(policy, () -> 0, () -> random);
    }

    private static Picks picks(BalancingPolicy policy, Endpoints endpoints) {
        LoadBalancer balancer = balancer(policy);
        return Picks.of(endpoints.instances().size(), PICKS, () -> balancer.pick(endpoints));
    }
}
