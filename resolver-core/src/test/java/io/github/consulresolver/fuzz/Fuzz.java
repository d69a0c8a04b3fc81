package io.github.consulresolver.fuzz;

import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Feeds wrong inputs to what reads them. Every run is the same, unless {@code -Dfuzz.seed=NUMBER} says another; {@code
 * -Dfuzz.factor=NUMBER} makes it so many times longer. A failure names seed and input.
 */
public final class Fuzz {
    private static final long SEED = Long.getLong("fuzz.seed", 1035);
    private static final int FACTOR = Integer.getInteger("fuzz.factor", 1);

    private Fuzz() {}

    /** What reads. */
    public interface Target {
        /**
         * Reads; anything that comes out of it but a rejection that the target itself expects and catches is a failure.
         *
         * @return whether the input passed, at the least the first checks
         */
        boolean read(byte[] input) throws Exception;
    }

    /** The random numbers of a run: for tests that need some besides the inputs. */
    public static SplittableRandom random() {
        return new SplittableRandom(SEED);
    }

    /**
     * Feeds {@code inputs} (times the factor) mutants of the corpus to the target.
     *
     * @return how many of a thousand passed
     */
    public static int perMille(List<byte[]> corpus, int inputs, Target target) {
        Mutator mutator = new Mutator(corpus, random());
        long passed = 0;
        long all = (long) inputs * FACTOR;
        for (long i = 0; i < all; i++) {
            byte[] input = mutator.next();
            byte[] given = input.clone();
            try {
                passed += target.read(given) ? 1 : 0;
            } catch (Exception | Error defect) {
                throw new AssertionError(
                        "input " + i + " of -Dfuzz.seed=" + SEED + ": "
                                + HexFormat.of().formatHex(input),
                        defect);
            }
        }
        return (int) (passed * 1000 / all);
    }
}
