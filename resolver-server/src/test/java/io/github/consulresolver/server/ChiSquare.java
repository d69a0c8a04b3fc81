package io.github.consulresolver.server;

import java.util.Collection;

/** Pearson's test: whether counts look like those of equally likely outcomes. */
public final class ChiSquare {
    /** One in 16,000 fair experiments is farther off than this; with a fixed seed it is the same experiment each time. */
    private static final double STANDARD_DEVIATIONS = 4;

    private ChiSquare() {}

    /**
     * Whether the statistic is where it belongs. Also false when the counts are too even: that is no chance, but taking turns.
     *
     * @param counts how often each outcome came that came at all
     * @param outcomes how many there are
     */
    public static boolean looksUniform(Collection<Integer> counts, int outcomes) {
        double total = counts.stream().mapToInt(Integer::intValue).sum();
        double expected = total / outcomes;
        double never = outcomes - counts.size();
        double statistic = never * expected
                + counts.stream()
                        .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                        .sum();
        double freedom = outcomes - 1;
        return Math.abs(statistic - freedom) < STANDARD_DEVIATIONS * Math.sqrt(2 * freedom);
    }
}
