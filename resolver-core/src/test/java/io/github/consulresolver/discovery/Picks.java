package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.function.Supplier;

/** How often each instance was picked, and whether that looks like chance of the right kind (Pearson's test). */
final class Picks {
    /**
     * How far off the statistic may be, in standard deviations: a fair choice is beyond that with one in some thousand seeds, and each test has a
     * seed of its own that stays.
     */
    private static final double STANDARD_DEVIATIONS = 4;

    private final int[] counts;
    private final int total;

    private Picks(int[] counts) {
        this.counts = counts;
        total = Arrays.stream(counts).sum();
    }

    /** Picks {@code times} times among instances on the ports 1 to {@code instances}. */
    static Picks of(int instances, int times, Supplier<ServiceInstance> pick) {
        int[] counts = new int[instances];
        for (int i = 0; i < times; i++) {
            counts[pick.get().port() - 1]++;
        }
        return new Picks(counts);
    }

    int[] counts() {
        return counts.clone();
    }

    /** Whether each instance was picked in proportion to its share. False also when that fits too well to be chance. */
    boolean lookDrawnBy(double... shares) {
        double sum = Arrays.stream(shares).sum();
        double statistic = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = total * shares[i] / sum;
            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        double freedom = counts.length - 1;
        return Math.abs(statistic - freedom) < STANDARD_DEVIATIONS * Math.sqrt(2 * freedom);
    }

    @Override
    public String toString() {
        return Arrays.toString(counts);
    }
}
