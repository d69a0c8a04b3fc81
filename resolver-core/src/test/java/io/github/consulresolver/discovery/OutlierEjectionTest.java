package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.alike;
import static io.github.consulresolver.discovery.Instances.endpoints;
import static io.github.consulresolver.discovery.Instances.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An instance fails again and again: it is left out for a while, by a clock that the test sets. */
class OutlierEjectionTest {
    private static final int PICKS = 300;
    private static final Duration TIME = Duration.ofSeconds(30);

    private final SplittableRandom random = new SplittableRandom(5);
    private long now;
    private LoadBalancer balancer = balancer(BalancingPolicy.roundRobin().ejecting(3, TIME, 0.5));

    @Test
    void one_that_fails_several_times_in_a_row_is_left_out() {
        fail(alike(4), 2, 3);

        assertThat(balancer.ejected()).containsExactly(instance(2, 1, 1));
        assertThat(picks(alike(4)).counts()).containsExactly(100, 0, 100, 100, 0);
    }

    @Test
    void each_ejection_is_told_once() {
        List<ServiceInstance> told = new ArrayList<>();
        balancer = new LoadBalancer(
                BalancingPolicy.roundRobin().ejecting(3, TIME, 0.5), told::add, () -> now, () -> random);
        List<Lease> underWay = List.of(lease(alike(4), 2), lease(alike(4), 2), lease(alike(4), 2));
        fail(alike(4), 2, 3);
        underWay.forEach(Lease::failed);
        assertThat(told).containsExactly(instance(2, 1, 1));

        after(TIME);
        fail(alike(4), 2, 3);
        assertThat(told).containsExactly(instance(2, 1, 1), instance(2, 1, 1));
    }

    @Test
    void one_that_is_not_left_out_because_too_many_are_is_not_told() {
        List<ServiceInstance> told = new ArrayList<>();
        balancer = new LoadBalancer(
                BalancingPolicy.roundRobin().ejecting(3, TIME, 0.5), told::add, () -> now, () -> random);

        fail(alike(1), 1, 100);

        assertThat(told).isEmpty();
    }

    @Test
    void one_that_succeeds_in_between_is_not() {
        fail(alike(4), 2, 2);
        succeed(alike(4), 2);
        fail(alike(4), 2, 2);

        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void a_request_without_an_outcome_says_nothing() {
        fail(alike(4), 2, 2);
        lease(alike(4), 2).close();
        assertThat(balancer.ejected()).isEmpty();

        fail(alike(4), 2, 1);
        assertThat(balancer.ejected()).hasSize(1);
    }

    @Test
    void the_first_outcome_of_a_request_is_the_one_that_counts() {
        Lease lease = lease(alike(4), 2);
        lease.succeeded();
        for (int i = 0; i < 10; i++) {
            lease.failed();
        }

        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void an_outcome_may_come_after_the_lease_was_closed() {
        for (int i = 0; i < 3; i++) {
            Lease lease = lease(alike(4), 2);
            lease.close();
            lease.failed();
        }

        assertThat(balancer.ejected()).containsExactly(instance(2, 1, 1));
    }

    @Test
    void it_comes_back_when_its_time_is_over() {
        Endpoints endpoints = alike(4);
        fail(endpoints, 2, 3);

        after(TIME.minusNanos(1));
        assertThat(picks(endpoints).counts()[1]).isZero();

        after(Duration.ofNanos(1));
        assertThat(balancer.ejected()).isEmpty();
        assertThat(picks(endpoints).counts()[1]).isPositive();
    }

    @Test
    void each_ejection_is_longer_than_the_one_before_up_to_ten_times() {
        Endpoints endpoints = alike(4);
        for (int times = 1; times <= 12; times++) {
            fail(endpoints, 2, 3);
            after(TIME.multipliedBy(Math.min(10, times)).minusNanos(1));
            assertThat(balancer.ejected()).as("ejection %s", times).hasSize(1);
            after(Duration.ofNanos(1));
            assertThat(balancer.ejected()).as("ejection %s", times).isEmpty();
        }
    }

    @Test
    void one_that_did_well_for_as_long_as_it_was_out_begins_anew() {
        Endpoints endpoints = alike(4);
        fail(endpoints, 2, 3);
        after(TIME);
        fail(endpoints, 2, 3);
        after(TIME.multipliedBy(2));

        after(TIME.multipliedBy(2).plusNanos(1));
        fail(endpoints, 2, 3);

        after(TIME);
        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void after_its_return_it_has_all_its_failures_before_it_again() {
        Endpoints endpoints = alike(4);
        fail(endpoints, 2, 3);
        after(TIME);

        fail(endpoints, 2, 2);

        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void requests_that_were_under_way_when_it_was_left_out_do_not_count_against_it_later() {
        Endpoints endpoints = alike(4);
        Lease[] underWay = {lease(endpoints, 2), lease(endpoints, 2), lease(endpoints, 2)};
        fail(endpoints, 2, 3);
        for (Lease each : underWay) {
            each.failed();
        }
        after(TIME);

        fail(endpoints, 2, 2);

        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void no_more_than_a_share_is_left_out_at_a_time() {
        Endpoints endpoints = alike(5);
        for (int port = 1; port <= 5; port++) {
            fail(endpoints, port, 3);
        }

        assertThat(balancer.ejected()).containsExactly(instance(1, 1, 1), instance(2, 1, 1));
        assertThat(picks(endpoints).counts()).containsExactly(0, 0, 100, 100, 100);
    }

    @Test
    void the_place_of_one_that_comes_back_is_for_the_next_that_fails() {
        Endpoints endpoints = alike(2);
        fail(endpoints, 1, 3);
        fail(endpoints, 2, 3);
        after(TIME);

        fail(endpoints, 2, 1);

        assertThat(balancer.ejected()).containsExactly(instance(2, 1, 1));
    }

    @Test
    void a_single_instance_is_never_left_out() {
        fail(alike(1), 1, 100);

        assertThat(balancer.pick(alike(1))).isEqualTo(instance(1, 1, 1));
        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void when_the_others_go_those_left_out_are_used_again() {
        fail(alike(4), 1, 3);
        fail(alike(4), 2, 3);

        Endpoints rest = endpoints(instance(1, 1, 1), instance(2, 1, 1), instance(3, 1, 1));

        assertThat(picks(rest).counts()).containsExactly(100, 100, 100, 0, 0);
        assertThat(balancer.ejected()).isEmpty();
    }

    @Test
    void where_all_may_be_left_out_and_are_all_are_used() {
        LoadBalancer all = balancer(BalancingPolicy.random().ejecting(1, TIME, 1));
        Endpoints endpoints = alike(2);
        for (int i = 0; i < 2; i++) {
            try (Lease lease = all.acquire(endpoints)) {
                lease.failed();
            }
        }

        assertThat(all.ejected()).hasSize(2);
        assertThat(Picks.of(2, 100, () -> all.pick(endpoints)).counts()).doesNotContain(0);
    }

    @Test
    void the_next_priority_is_used_while_all_of_the_lowest_are_left_out() {
        Endpoints endpoints = endpoints(instance(1, 1, 1), instance(2, 2, 1), instance(3, 2, 1));
        fail(endpoints, 1, 3);

        assertThat(picks(endpoints).counts()[0]).isZero();

        after(TIME);
        assertThat(balancer.pick(endpoints)).isEqualTo(instance(1, 1, 1));
    }

    @Test
    void another_try_does_not_take_one_that_is_left_out_while_there_are_others() {
        Endpoints endpoints = alike(4);
        fail(endpoints, 2, 3);

        Endpoints rest = endpoints.excluding(instance(1, 1, 1));

        assertThat(picks(rest).counts()[1]).isZero();
        assertThat(balancer.pick(rest.excluding(instance(3, 1, 1), instance(4, 1, 1))))
                .isEqualTo(instance(2, 1, 1));
    }

    @Test
    void it_is_known_by_its_place_whatever_its_weight_becomes() {
        fail(alike(3), 2, 3);

        Endpoints heavier = endpoints(instance(1, 1, 1), instance(2, 1, 1), instance(3, 1, 9));

        assertThat(balancer.pick(heavier)).isNotEqualTo(instance(2, 1, 1));
        assertThat(balancer.ejected()).hasSize(1);
    }

    @Test
    void one_that_went_and_came_back_is_new() {
        fail(alike(3), 2, 3);
        balancer.pick(endpoints(instance(1, 1, 1), instance(3, 1, 1)));

        assertThat(picks(alike(3)).counts()[1]).isPositive();
    }

    @Test
    void without_a_policy_to_eject_none_is() {
        LoadBalancer patient = balancer(BalancingPolicy.random());
        for (int i = 0; i < 100; i++) {
            patient.acquire(alike(2)).failed();
        }

        assertThat(patient.ejected()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, PT1S, 0.5, failures 0",
        "5, PT0S, 0.5, time PT0S",
        "5, PT-1S, 0.5, time PT-1S",
        "5, PT24H0.000000001S, 0.5, time PT24H0.000000001S",
        "5, PT1S, -0.1, mostEjected -0.1",
        "5, PT1S, 1.1, mostEjected 1.1",
        "5, PT1S, NaN, mostEjected NaN"
    })
    void numbers_out_of_range_are_rejected(int failures, Duration time, double mostEjected, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BalancingPolicy.random().ejecting(failures, time, mostEjected))
                .withMessageStartingWith(message + ": expected");
    }

    private LoadBalancer balancer(BalancingPolicy policy) {
        return new LoadBalancer(policy, () -> now, () -> random);
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

    private Picks picks(Endpoints endpoints) {
        return Picks.of(5, PICKS, () -> balancer.pick(endpoints));
    }

    /** A lease of a certain instance, which round robin comes to. */
    private Lease lease(Endpoints endpoints, int port) {
        for (int i = 0; i < 1_000; i++) {
            Lease lease = balancer.acquire(endpoints);
            if (lease.instance().port() == port) {
                return lease;
            }
            lease.close();
        }
        throw new AssertionError("the instance on port " + port + " is left out");
    }

    private void fail(Endpoints endpoints, int port, int times) {
        for (int i = 0; i < times; i++) {
            try (Lease lease = lease(endpoints, port)) {
                lease.failed();
            }
        }
    }

    private void succeed(Endpoints endpoints, int port) {
        try (Lease lease = lease(endpoints, port)) {
            lease.succeeded();
        }
    }
}
