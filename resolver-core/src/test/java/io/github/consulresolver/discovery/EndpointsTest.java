package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.alike;
import static io.github.consulresolver.discovery.Instances.endpoints;
import static io.github.consulresolver.discovery.Instances.instance;
import static io.github.consulresolver.discovery.Instances.weighing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EndpointsTest {
    private static final int PICKS = 100_000;

    @Test
    void picks_follow_the_weights() {
        Picks picks = picks(weighing(1, 2, 7));

        assertThat(picks).matches(each -> each.lookDrawnBy(1, 2, 7));
    }

    @Test
    void equal_weights_are_picked_equally() {
        Picks picks = picks(weighing(5, 5, 5));

        assertThat(picks).matches(each -> each.lookDrawnBy(1, 1, 1));
    }

    @Test
    void weights_of_0_count_together_as_one_of_1() {
        Picks picks = picks(weighing(8, 0, 0));

        assertThat(picks).matches(each -> each.lookDrawnBy(8, 0.5, 0.5));
    }

    @Test
    void where_all_weights_are_0_all_are_picked_equally() {
        Picks picks = picks(weighing(0, 0, 0));

        assertThat(picks).matches(each -> each.lookDrawnBy(1, 1, 1));
    }

    @Test
    void a_hundred_weights_are_followed_each() {
        int[] weights = IntStream.rangeClosed(1, 100).toArray();

        assertThat(picks(weighing(weights)))
                .matches(each ->
                        each.lookDrawnBy(IntStream.of(weights).asDoubleStream().toArray()));
    }

    @Test
    void the_lightest_beside_the_heaviest_is_picked_as_seldom_as_its_weight_says() {
        SplittableRandom random = new SplittableRandom(2782);
        Endpoints endpoints = weighing(65_535, 1);

        int[] counts = Picks.of(2, 10_000_000, () -> endpoints.pick(random)).counts();

        assertThat(counts[1]).isBetween(100, 210);
    }

    @Test
    void only_the_lowest_priority_is_picked() {
        Picks picks = picks(endpoints(instance(1, 2, 60_000), instance(2, 1, 1), instance(3, 1, 0)));

        assertThat(picks.counts()[0]).isZero();
        assertThat(picks.counts()[1]).isBetween(PICKS * 49 / 100, PICKS * 51 / 100);
    }

    @Test
    void the_largest_weights_can_be_picked_from() {
        Endpoints endpoints =
                weighing(IntStream.generate(() -> 65_535).limit(65_536).toArray());

        assertThat(endpoints.instances()).contains(endpoints.pick());
    }

    @Test
    void nothing_can_be_picked_from_an_empty_service() {
        Endpoints none = endpoints();

        assertThat(none.isEmpty()).isTrue();
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(none::pick)
                .withMessage("orders.service has no healthy instance");
    }

    @Test
    void the_next_try_can_leave_out_what_has_failed() {
        Endpoints endpoints = weighing(1, 2, 7);

        Endpoints rest = endpoints.excluding(instance(3, 1, 7));

        assertThat(rest.instances()).containsExactly(instance(1, 1, 1), instance(2, 1, 2));
        assertThat(picks(rest).counts()[2]).isZero();
        assertThat(endpoints.instances()).hasSize(3);
    }

    @Test
    void an_instance_is_excluded_whatever_its_weight_was_when_it_failed() {
        assertThat(weighing(1, 1).excluding(instance(2, 1, 10)).instances()).containsExactly(instance(1, 1, 1));
    }

    @Test
    void the_next_priority_is_picked_when_all_of_the_lowest_are_excluded() {
        Endpoints endpoints = endpoints(instance(1, 1, 1), instance(2, 1, 1), instance(3, 2, 1));

        assertThat(endpoints
                        .excluding(instance(1, 1, 1))
                        .excluding(instance(2, 1, 1))
                        .pick())
                .isEqualTo(instance(3, 2, 1));
    }

    @Test
    void when_all_instances_were_tried_there_is_no_other() {
        Endpoints endpoints = alike(2);

        Endpoints none = endpoints.excluding(instance(1, 1, 1), instance(2, 1, 1));

        assertThat(none.isEmpty()).isTrue();
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(none::pick)
                .withMessage("all instances of orders.service are excluded");
    }

    @Test
    void the_order_does_not_count_but_everything_else_does() {
        Endpoints endpoints = endpoints(instance(1, 1, 1), instance(2, 1, 2));

        assertThat(endpoints(instance(2, 1, 2), instance(1, 1, 1)))
                .isEqualTo(endpoints)
                .hasSameHashCodeAs(endpoints);
        assertThat(endpoints(instance(1, 1, 1), instance(2, 1, 3))).isNotEqualTo(endpoints);
        assertThat(endpoints(instance(1, 1, 1))).isNotEqualTo(endpoints);
        assertThat(new Endpoints(ServiceName.of("other"), endpoints.instances()))
                .isNotEqualTo(endpoints);
    }

    @Test
    void neither_age_nor_source_nor_staleness_make_a_difference() {
        List<ServiceInstance> instances = alike(2).instances();
        ServiceName name = ServiceName.of("orders");

        assertThat(new Endpoints(name, instances, true, Endpoints.Source.ANSWER, 0, () -> 0))
                .isEqualTo(new Endpoints(name, instances, false, Endpoints.Source.WATCH, 7, () -> 9));
    }

    @Test
    void they_grow_older_from_the_agents_answer_on() {
        AtomicLong now = new AtomicLong(1_000);
        Endpoints endpoints = new Endpoints(
                ServiceName.of("orders"), alike(2).instances(), false, Endpoints.Source.WATCH, now.get(), now::get);

        now.addAndGet(Duration.ofSeconds(3).toNanos());

        assertThat(endpoints.age()).isEqualTo(Duration.ofSeconds(3));
        assertThat(endpoints.excluding(instance(1, 1, 1)).age()).isEqualTo(Duration.ofSeconds(3));
        assertThat(endpoints.source()).isEqualTo(Endpoints.Source.WATCH);
    }

    @Test
    void what_is_left_of_stale_endpoints_is_stale() {
        Endpoints stale = new Endpoints(ServiceName.of("orders"), alike(2).instances(), true);

        assertThat(stale.excluding(instance(1, 1, 1)).isStale()).isTrue();
        assertThat(stale.toString()).contains("stale");
    }

    @Test
    void instances_cannot_be_changed() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> alike(1).instances().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(
                        () -> alike(2).excluding(instance(1, 1, 1)).instances().clear());
    }

    private static Picks picks(Endpoints endpoints) {
        SplittableRandom random = new SplittableRandom(2782);
        int instances = Math.max(3, endpoints.instances().size());
        return Picks.of(instances, PICKS, () -> endpoints.pick(random));
    }
}
