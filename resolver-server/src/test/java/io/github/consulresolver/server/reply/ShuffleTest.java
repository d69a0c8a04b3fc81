package io.github.consulresolver.server.reply;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.summingInt;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.server.ChiSquare;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ShuffleTest {
    private static final int EXPERIMENTS = 50_000;

    private final Shuffle shuffle = new Shuffle(new SplittableRandom(1));

    @Test
    void every_number_is_drawn_once() {
        assertThat(draw(300, 300)).containsExactlyInAnyOrderElementsOf(numbersBelow(300));
    }

    @Test
    void every_number_is_drawn_once_whatever_was_drawn_before() {
        draw(500, 137);
        draw(20, 3);
        assertThat(draw(100, 100)).containsExactlyInAnyOrderElementsOf(numbersBelow(100));
        assertThat(draw(700, 700)).containsExactlyInAnyOrderElementsOf(numbersBelow(700));
    }

    @Test
    void every_number_is_as_likely_to_be_first_as_any_other() {
        assertThat(ChiSquare.looksUniform(counts(() -> draw(30, 1)), 30)).isTrue();
    }

    @Test
    void every_number_is_as_likely_to_be_third_as_any_other() {
        assertThat(ChiSquare.looksUniform(counts(() -> draw(30, 3).get(2)), 30)).isTrue();
    }

    @Test
    void every_number_is_as_likely_to_follow_any_number_as_any_other() {
        assertThat(ChiSquare.looksUniform(counts(() -> draw(30, 2)), 30 * 29)).isTrue();
    }

    @Test
    void every_order_is_as_likely_as_any_other() {
        assertThat(ChiSquare.looksUniform(counts(() -> draw(5, 5)), 120)).isTrue();
    }

    @Test
    void a_rotation_would_not_look_uniform() {
        int[] next = {0};
        assertThat(ChiSquare.looksUniform(counts(() -> List.of(next[0]++ % 30, next[0] % 30)), 30 * 29))
                .isFalse();
    }

    private List<Integer> draw(int n, int many) {
        shuffle.begin(n);
        List<Integer> drawn = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            drawn.add(shuffle.next());
        }
        return drawn;
    }

    private static List<Integer> numbersBelow(int n) {
        return IntStream.range(0, n).boxed().toList();
    }

    private static <T> Collection<Integer> counts(Supplier<T> experiment) {
        return Stream.generate(experiment)
                .limit(EXPERIMENTS)
                .collect(Collectors.groupingBy(identity(), summingInt(outcome -> 1)))
                .values();
    }
}
