package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Weighted random choice, as RFC 2782 (page 3) has it: of the instances of the lowest priority, each with the sum of all shares so far, the
 * first whose sum goes beyond a number that is drawn.
 *
 * <p>The RFC draws from 0 to the sum of the weights, both included, where 0 stands for those with weight 0. Taken to the letter, that gives the
 * first instance a share that is not its own where no weight is 0, and the first of those with weight 0 the share of all. Here the RFC's
 * one in {@code sum + 1} belongs to all with weight 0 alike, and to nobody where there are none: the shares are whole numbers, so that they are
 * exact.
 */
final class WeightedChoice {
    private final int[] places;
    private final long[] sums;
    private final boolean even;

    private WeightedChoice(int[] places, long[] shares) {
        this.places = places;
        sums = shares.clone();
        Arrays.parallelPrefix(sums, Long::sum);
        even = Arrays.stream(shares).distinct().count() == 1;
    }

    /** A choice among the instances of the lowest priority; of none there is nothing to pick. */
    static WeightedChoice of(List<ServiceInstance> instances) {
        int lowest =
                instances.stream().mapToInt(ServiceInstance::priority).min().orElse(0);
        int[] places = IntStream.range(0, instances.size())
                .filter(i -> instances.get(i).priority() == lowest)
                .toArray();
        return new WeightedChoice(
                places,
                shares(Arrays.stream(places).map(i -> instances.get(i).weight()).toArray()));
    }

    /**
     * The shares that weights stand for: in proportion to them, where all that are 0 together have as much as one of 1.
     *
     * @return a number of at least 1 for each
     */
    static long[] shares(int[] weights) {
        long zeros = Arrays.stream(weights).filter(weight -> weight == 0).count();
        return Arrays.stream(weights)
                .mapToLong(weight -> weight == 0 ? 1 : weight * Math.max(1, zeros))
                .toArray();
    }

    /** The index of an instance in the list. */
    int pick(RandomGenerator random) {
        return places[even ? random.nextInt(places.length) : at(random.nextLong(sums[sums.length - 1]))];
    }

    /** The index of another instance than that at {@code place}, in proportion to the shares of all others; the same where it is alone. */
    int pickAnother(int place, RandomGenerator random) {
        int taken = Arrays.binarySearch(places, place);
        if (places.length == 1) {
            return place;
        }
        if (even) {
            int drawn = random.nextInt(places.length - 1);
            return places[drawn < taken ? drawn : drawn + 1];
        }
        long before = taken == 0 ? 0 : sums[taken - 1];
        long share = sums[taken] - before;
        long drawn = random.nextLong(sums[sums.length - 1] - share);
        return places[at(drawn < before ? drawn : drawn + share)];
    }

    private int at(long drawn) {
        int found = Arrays.binarySearch(sums, drawn + 1);
        return found < 0 ? -found - 1 : found;
    }
}
