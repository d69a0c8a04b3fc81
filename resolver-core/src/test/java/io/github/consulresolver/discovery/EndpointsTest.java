package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.net.InetAddress;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndpointsTest {
    private static final int PICKS = 100_000;
    /** Of two degrees of freedom; a fair choice goes beyond it once in a thousand seeds. */
    private static final double CHI_SQUARE = 13.82;

    @Test
    void picks_follow_the_weights() {
        Endpoints endpoints = endpoints(instance(1, 1, 1), instance(2, 1, 2), instance(3, 1, 7));

        assertThat(chiSquare(endpoints, 0.1, 0.2, 0.7)).isLessThan(CHI_SQUARE);
    }

    @Test
    void equal_weights_are_picked_equally() {
        Endpoints endpoints = endpoints(instance(1, 1, 1), instance(2, 1, 1), instance(3, 1, 1));

        assertThat(chiSquare(endpoints, 1 / 3.0, 1 / 3.0, 1 / 3.0)).isLessThan(CHI_SQUARE);
    }

    @Test
    void weights_of_0_count_together_as_one_of_1() {
        Endpoints endpoints = endpoints(instance(1, 1, 8), instance(2, 1, 0), instance(3, 1, 0));

        assertThat(chiSquare(endpoints, 8 / 9.0, 0.5 / 9, 0.5 / 9)).isLessThan(CHI_SQUARE);
    }

    @Test
    void where_all_weights_are_0_all_are_picked_equally() {
        Endpoints endpoints = endpoints(instance(1, 1, 0), instance(2, 1, 0), instance(3, 1, 0));

        assertThat(chiSquare(endpoints, 1 / 3.0, 1 / 3.0, 1 / 3.0)).isLessThan(CHI_SQUARE);
    }

    @Test
    void only_the_lowest_priority_is_picked() {
        Endpoints endpoints = endpoints(instance(1, 2, 60_000), instance(2, 1, 1), instance(3, 1, 0));

        assertThat(picks(endpoints)[0]).isZero();
        assertThat(picks(endpoints)[1]).isCloseTo(PICKS / 2, within(PICKS / 50));
    }

    @Test
    void the_largest_weights_can_be_picked_from() {
        ServiceInstance[] many = Stream.iterate(1, i -> i + 1)
                .limit(3_000)
                .map(i -> instance(i, 1, 65_535))
                .toArray(ServiceInstance[]::new);

        assertThat(endpoints(many).pick()).isIn((Object[]) many);
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
    void instances_cannot_be_changed() {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> endpoints(instance(1, 1, 1)).instances().clear());
    }

    private static Endpoints endpoints(ServiceInstance... instances) {
        return new Endpoints(ServiceName.of("orders"), List.of(instances));
    }

    private static ServiceInstance instance(int port, int priority, int weight) {
        SrvRecord record = new SrvRecord("node-1.node.dc1.consul", port, priority, weight, Optional.empty());
        return new ServiceInstance("orders", InetAddress.getLoopbackAddress(), record);
    }

    /** How often each of three instances, on the ports 1 to 3, was picked. */
    private static int[] picks(Endpoints endpoints) {
        SplittableRandom random = new SplittableRandom(2782);
        int[] picks = new int[3];
        for (int i = 0; i < PICKS; i++) {
            picks[endpoints.pick(random).port() - 1]++;
        }
        return picks;
    }

    private static double chiSquare(Endpoints endpoints, double... shares) {
        int[] picks = picks(endpoints);
        double sum = 0;
        for (int i = 0; i < shares.length; i++) {
            double expected = shares[i] * PICKS;
            sum += (picks[i] - expected) * (picks[i] - expected) / expected;
        }
        return sum;
    }
}
