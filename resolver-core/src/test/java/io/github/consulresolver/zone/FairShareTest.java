package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FairShareTest {
    private final FairShare places = new FairShare(1_000);

    private static int takeAll(FairShare places, Object client) {
        int taken = 0;
        while (places.take(client)) {
            taken++;
        }
        return taken;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "10, 5", "1000, 500"})
    void a_client_that_is_alone_has_half(int most, int own) {
        assertThat(takeAll(new FairShare(most), "alone")).isEqualTo(own);
    }

    @Test
    void two_that_come_by_turns_have_a_third_each() {
        int first = 0;
        int second = 0;
        for (int i = 0; i < 1_000; i++) {
            first += places.take("first") ? 1 : 0;
            second += places.take("second") ? 1 : 0;
        }
        assertThat(first).isBetween(333, 334);
        assertThat(second).isBetween(333, 334);
    }

    @Test
    void after_a_flood_whoever_comes_finds_half_of_what_is_left() {
        takeAll(places, "flood");

        assertThat(takeAll(places, "second")).isEqualTo(250);
        assertThat(takeAll(places, "third")).isEqualTo(125);
    }

    @Test
    void nine_that_flood_leave_places_to_a_tenth() {
        for (int i = 0; i < 10_000; i++) {
            places.take("flood " + i % 9);
        }
        assertThat(places.isOpenTo("a tenth")).isTrue();
        assertThat(takeAll(places, "a tenth")).isGreaterThanOrEqualTo(50);
    }

    @Test
    void there_are_never_more_than_there_are() {
        for (int i = 0; i < 5_000; i++) {
            places.take("client " + i);
        }
        assertThat(places.taken()).isEqualTo(1_000);
        assertThat(places.isOpenTo("another")).isFalse();
    }

    @Test
    void a_place_that_is_given_back_is_free_for_others() {
        takeAll(places, "first");
        takeAll(places, "second");
        for (int i = 0; i < 500; i++) {
            places.release("first");
        }
        assertThat(takeAll(places, "second") + 250).isEqualTo(500);
    }

    @Test
    void a_client_that_has_been_refused_finds_a_place_when_it_gives_one_back() {
        takeAll(places, "client");
        places.release("client");

        assertThat(places.take("client")).isTrue();
        assertThat(places.take("client")).isFalse();
    }

    @Test
    void of_a_client_that_holds_nothing_nothing_is_kept() {
        for (int i = 0; i < 100; i++) {
            places.take("client " + i);
            places.release("client " + i);
        }
        takeAll(places, "flood");
        places.isOpenTo("somebody who only looks");

        assertThat(places.clients()).isEqualTo(1);
    }

    @Test
    void many_threads_take_no_more_than_there_are_and_give_all_back() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Integer client = i;
                clients.add(() -> {
                    int most = 0;
                    for (int round = 0; round < 200; round++) {
                        int taken = takeAll(places, client);
                        most = Math.max(most, places.taken());
                        for (int j = 0; j < taken; j++) {
                            places.release(client);
                        }
                    }
                    return most;
                });
            }
            for (Future<Integer> client : threads.invokeAll(clients, 60, TimeUnit.SECONDS)) {
                // Whoever finds that it is one too many steps back again: each thread may be at that.
                assertThat(client.get()).isBetween(1, 1_000 + 4);
            }
            assertThat(places.taken()).isZero();
            assertThat(places.clients()).isZero();
        } finally {
            threads.shutdownNow();
        }
    }
}
