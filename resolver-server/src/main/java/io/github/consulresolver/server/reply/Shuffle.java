package io.github.consulresolver.server.reply;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Draws the numbers below n in random order, each order as likely as any other, and only as many as are wanted: a partial Fisher-Yates
 * shuffle. Afterwards the few swaps are undone, so the next draw finds the numbers in order without anybody having to count them out.
 *
 * <p>Not thread-safe.
 */
final class Shuffle {
    private final SplittableRandom random;
    private int[] numbers = new int[0];
    private int[] swaps = new int[0];
    private int drawn;
    private int size;

    Shuffle(SplittableRandom random) {
        this.random = random;
    }

    /** Begins anew, with the numbers below {@code n}. */
    void begin(int n) {
        while (drawn > 0) {
            drawn--;
            swap(drawn, swaps[drawn]);
        }
        size = n;
        if (numbers.length < n) {
            int known = numbers.length;
            numbers = Arrays.copyOf(numbers, n);
            swaps = new int[n];
            for (int i = known; i < n; i++) {
                numbers[i] = i;
            }
        }
    }

    /** The next number; to be called n times at most. */
    int next() {
        int other = drawn + random.nextInt(size - drawn);
        swaps[drawn] = other;
        swap(drawn, other);
        return numbers[drawn++];
    }

    private void swap(int a, int b) {
        int number = numbers[a];
        numbers[a] = numbers[b];
        numbers[b] = number;
    }
}
