package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.endpoints;
import static io.github.consulresolver.discovery.Instances.instance;
import static io.github.consulresolver.discovery.Instances.weighing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightedOrderTest {
    private static final int ORDERS = 60_000;

    private final SplittableRandom random = new SplittableRandom(2782);

    @Test
    void instances_of_a_lower_priority_come_first() {
        List<ServiceInstance> instances = List.of(instance(1, 20, 9), instance(2, 10, 1), instance(3, 10, 0));
        for (int i = 0; i < 100; i++) {
            assertThat(WeightedOrder.of(instances, random))
                    .containsExactlyInAnyOrderElementsOf(instances)
                    .last()
                    .isEqualTo(instances.get(0));
        }
    }

    @Test
    void the_first_is_each_in_proportion_to_its_weight_and_those_of_weight_0_together_as_one() {
        List<ServiceInstance> instances = weighing(6, 3, 0, 0).instances();
        double[] firsts = new double[4];
        for (int i = 0; i < ORDERS; i++) {
            firsts[WeightedOrder.of(instances, random).get(0).port() - 1]++;
        }

        assertThat(firsts[0] / ORDERS).isCloseTo(0.6, within(0.01));
        assertThat(firsts[1] / ORDERS).isCloseTo(0.3, within(0.01));
        assertThat(firsts[2] / ORDERS).isCloseTo(0.05, within(0.01));
    }

    @Test
    void the_second_is_drawn_from_those_that_are_left() {
        List<ServiceInstance> instances = weighing(8, 3, 1).instances();
        int seconds = 0;
        int orders = 0;
        while (orders < ORDERS) {
            List<ServiceInstance> order = WeightedOrder.of(instances, random);
            if (order.get(0).port() == 1) {
                orders++;
                seconds += order.get(1).port() == 2 ? 1 : 0;
            }
        }

        assertThat((double) seconds / ORDERS).isCloseTo(0.75, within(0.01));
    }

    @Test
    void of_none_there_is_no_order() {
        assertThat(endpoints().shuffled()).isEmpty();
    }
}
