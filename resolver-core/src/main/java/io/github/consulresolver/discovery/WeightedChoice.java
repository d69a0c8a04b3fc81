package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Weighted random choice among the instances of the lowest priority, as RFC 2782 (page 3) has it.
 *
 * <p>The RFC draws from 0 to the sum of the weights, both included, where 0 stands for those with weight 0. Taken to the letter, that gives the
 * first instance a share that is not its own where no weight is 0, and the first of those with weight 0 the share of all. Here the RFC's
 * one in {@code sum + 1} belongs to all with weight 0 alike, and to nobody where there are none: the shares are whole numbers, so that they are
 * exact.
 *
 * <p>A choice takes the same time however many instances there are, by Walker's alias method: as many columns as instances, all of the same
 * height, each shared by two instances at most. A column is drawn, and a height in it.
 */
final class WeightedChoice {
    /** How often it is drawn again for another one, which is faster than to search. */
    private static final int DRAWS = 4;

    private final int[] places;
    private final long[] sums;
    private final boolean even;
    /** Below its bound a column is its own instance's, from there on that of its alias. */
    private final long[] bounds;

    private final int[] aliases;

    private WeightedChoice(int[] places, long[] shares) {
        this.places = places;
        sums = shares.clone();
        Arrays.parallelPrefix(sums, Long::sum);
        even = Arrays.stream(shares).distinct().count() <= 1;
        bounds = new long[even ? 0 : shares.length];
        aliases = new int[bounds.length];
        if (!even) {
            share(shares);
        }
    }

    /** Fills the columns, whose height is the sum: what a small share leaves free goes to a large one. */
    private void share(long[] shares) {
        int size = shares.length;
        long height = sums[size - 1];
        int[] waiting = new int[size];
        int small = 0;
        int large = size;
        for (int i = 0; i < size; i++) {
            bounds[i] = shares[i] * size;
            waiting[bounds[i] < height ? small++ : --large] = i;
        }
        while (small > 0 && large < size) {
            int one = waiting[--small];
            int other = waiting[large];
            aliases[one] = other;
            bounds[other] -= height - bounds[one];
            if (bounds[other] < height) {
                large++;
                waiting[small++] = other;
            }
        }
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
        int column = random.nextInt(places.length);
        return places[even || random.nextLong(sums[sums.length - 1]) < bounds[column] ? column : aliases[column]];
    }

    /**
     * Where all instances are of one priority, the index of another one than that at {@code taken}, in proportion to the shares of all others; the
     * same where it is alone.
     */
    int pickAnother(int taken, RandomGenerator random) {
        if (places.length == 1) {
            return taken;
        }
        if (even) {
            int drawn = random.nextInt(places.length - 1);
            return drawn < taken ? drawn : drawn + 1;
        }
        for (int i = 0; i < DRAWS; i++) {
            int drawn = pick(random);
            if (drawn != taken) {
                return drawn;
            }
        }
        return searchAnother(taken, random);
    }

    /** With one number, also where the one that is taken has nearly all the weight. */
    int searchAnother(int taken, RandomGenerator random) {
        long before = taken == 0 ? 0 : sums[taken - 1];
        long share = sums[taken] - before;
        long drawn = random.nextLong(sums[sums.length - 1] - share);
        int found = Arrays.binarySearch(sums, (drawn < before ? drawn : drawn + share) + 1);
        return found < 0 ? -found - 1 : found;
    }
}
