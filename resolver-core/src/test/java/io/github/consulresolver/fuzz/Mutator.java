package io.github.consulresolver.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes wrong inputs of right ones. The same for the same random numbers. Not thread-safe. */
public final class Mutator {
    private static final int MOST_CHANGES = 4;

    private final List<byte[]> corpus;
    private final SplittableRandom random;

    public Mutator(List<byte[]> corpus, SplittableRandom random) {
        this.corpus = corpus;
        this.random = random;
    }

    /** One of the corpus, with one to four changes; now and then as it is. */
    public byte[] next() {
        byte[] input = any().clone();
        for (int changes = random.nextInt(MOST_CHANGES + 1); changes > 0 && input.length > 1; changes--) {
            input = changed(input);
        }
        return input;
    }

    private byte[] any() {
        return corpus.get(random.nextInt(corpus.size()));
    }

    private byte[] changed(byte[] input) {
        int at = random.nextInt(input.length);
        switch (random.nextInt(12)) {
            case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> input[at] = (byte) random.nextInt(256);
            // A compression pointer, mostly to somewhere near the question.
            case 2 -> input[at] = (byte) (0xc0 | random.nextInt(2));
            case 3 -> input[at] = random.nextBoolean() ? 0 : (byte) 0xff;
            // Flags and counts of a header.
            case 4 -> input[Math.min(at, 11)] = (byte) random.nextInt(4);
            case 5 -> input[at] += (byte) (random.nextInt(5) - 2);
            case 6 -> {
                return random.nextInt(4) == 0 ? Arrays.copyOf(input, at) : input;
            }
            case 7 -> {
                return Arrays.copyOf(input, input.length + random.nextInt(16));
            }
            case 8 -> {
                return without(input, at, random.nextInt(1, 9));
            }
            case 9 -> {
                return with(input, at, any());
            }
            default -> {
                int to = random.nextInt(input.length);
                int length = Math.min(random.nextInt(16), input.length - Math.max(at, to));
                System.arraycopy(input, at, input, to, length);
            }
        }
        return input;
    }

    private static byte[] without(byte[] input, int at, int length) {
        int rest = Math.min(input.length, at + length);
        byte[] shorter = Arrays.copyOf(input, input.length - (rest - at));
        System.arraycopy(input, rest, shorter, at, input.length - rest);
        return shorter;
    }

    /** Up to 32 bytes of another one in between. */
    private byte[] with(byte[] input, int at, byte[] other) {
        int from = random.nextInt(other.length);
        int length = Math.min(random.nextInt(1, 33), other.length - from);
        byte[] longer = Arrays.copyOf(input, input.length + length);
        System.arraycopy(input, at, longer, at + length, input.length - at);
        System.arraycopy(other, from, longer, at, length);
        return longer;
    }
}
