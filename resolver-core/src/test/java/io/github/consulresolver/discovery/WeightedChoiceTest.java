package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.instance;
import static io.github.consulresolver.discovery.Instances.weighing;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Instead of chance, each number that chance could give comes once: so the shares are seen exactly. */
class WeightedChoiceTest {

    @Test
    void each_instance_is_picked_by_exactly_its_share_of_all_numbers() {
        SplittableRandom random = new SplittableRandom(2782);
        for (int i = 0; i < 200; i++) {
            int[] weights = random.ints(1 + random.nextInt(12), 0, 20)
                    .map(weight -> weight / 2)
                    .toArray();
            long[] shares = WeightedChoice.shares(weights);
            WeightedChoice choice = WeightedChoice.of(weighing(weights).instances());

            long[] picked = new long[weights.length];
            long sum = Arrays.stream(shares).sum();
            for (int column = 0; column < weights.length; column++) {
                for (long height = 0; height < sum; height++) {
                    picked[choice.pick(drawn(column, height))]++;
                }
            }

            assertThat(picked)
                    .as(() -> Arrays.toString(weights))
                    .containsExactly(Arrays.stream(shares)
                            .map(share -> share * weights.length)
                            .toArray());
        }
    }

    @Test
    void another_instance_is_picked_by_exactly_its_share_of_what_the_first_leaves() {
        int[] weights = {3, 0, 7, 1, 0};
        long[] shares = WeightedChoice.shares(weights);
        WeightedChoice choice = WeightedChoice.of(weighing(weights).instances());
        for (int first = 0; first < weights.length; first++) {
            long[] picked = new long[weights.length];
            long rest = Arrays.stream(shares).sum() - shares[first];
            for (long height = 0; height < rest; height++) {
                picked[choice.searchAnother(first, drawn(0, height))]++;
            }

            long[] expected = shares.clone();
            expected[first] = 0;
            assertThat(picked).containsExactly(expected);
        }
    }

    @Test
    void another_of_equals_is_any_of_the_others() {
        WeightedChoice choice = WeightedChoice.of(weighing(4, 4, 4).instances());

        assertThat(choice.pickAnother(1, drawn(0, 0))).isZero();
        assertThat(choice.pickAnother(1, drawn(1, 0))).isEqualTo(2);
    }

    @Test
    void another_is_drawn_by_weight_also_beside_one_that_has_nearly_all() {
        SplittableRandom random = new SplittableRandom(2782);
        Endpoints endpoints = weighing(90, 1, 3, 0);
        WeightedChoice choice = WeightedChoice.of(endpoints.instances());

        Picks others = Picks.of(4, 100_000, () -> endpoints.instances().get(choice.pickAnother(0, random)));

        assertThat(others.counts()[0]).isZero();
        assertThat(Picks.of(3, 100_000, () -> instance(choice.pickAnother(0, random), 1, 1)))
                .matches(each -> each.lookDrawnBy(1, 3, 1));
    }

    @Test
    void one_that_is_alone_has_no_other() {
        WeightedChoice choice = WeightedChoice.of(weighing(7).instances());

        assertThat(choice.pickAnother(0, drawn(0, 0))).isZero();
    }

    @Test
    void those_with_weight_0_have_together_as_much_as_one_of_1() {
        assertThat(WeightedChoice.shares(new int[] {5, 0, 1, 0, 0})).containsExactly(15, 1, 3, 1, 1);
        assertThat(WeightedChoice.shares(new int[] {0, 0})).containsExactly(1, 1);
        assertThat(WeightedChoice.shares(new int[] {5, 1})).containsExactly(5, 1);
    }

    /** Draws these numbers, whatever the bounds. */
    private static RandomGenerator drawn(int column, long height) {
        return new RandomGenerator() {
            @Override
            public int nextInt(int bound) {
                return column;
            }

            @Override
            public long nextLong(long bound) {
                return height;
            }

            @Override
            public long nextLong() {
                throw new UnsupportedOperationException();
            }
        };
    }
}
