package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class SingleFlightTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);
    private static final Question DB = Question.of("db.service.consul", Type.A);

    private final SingleFlight<String> flights = new SingleFlight<>(2);
    private final CompletableFuture<String> upstream = new CompletableFuture<>();

    @Test
    void a_thousand_who_ask_at_the_same_time_share_one_departure() throws Exception {
        AtomicInteger departures = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(8);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<CompletableFuture<String>>>> crowds = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                crowds.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    List<CompletableFuture<String>> crowd = new ArrayList<>();
                    for (int i = 0; i < 125; i++) {
                        crowd.add(flights.join(ORDERS, () -> {
                            departures.incrementAndGet();
                            return upstream;
                        }));
                    }
                    return crowd;
                }));
            }
            List<CompletableFuture<String>> everybody = new ArrayList<>();
            for (Future<List<CompletableFuture<String>>> crowd : crowds) {
                everybody.addAll(crowd.get(30, TimeUnit.SECONDS));
            }
            upstream.complete("answer");

            assertThat(everybody).hasSize(1_000).allMatch(one -> one.join().equals("answer"));
            assertThat(departures).hasValue(1);
            assertThat(flights.joined()).isEqualTo(999);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void different_questions_fly_apart() {
        CompletableFuture<String> orders = flights.join(ORDERS, () -> upstream);
        CompletableFuture<String> db = flights.join(DB, CompletableFuture::new);
        upstream.complete("answer");

        assertThat(orders).isCompletedWithValue("answer");
        assertThat(db).isNotDone();
    }

    @Test
    void who_asks_after_the_landing_flies_anew() {
        flights.join(ORDERS, () -> CompletableFuture.completedFuture("first"));

        assertThat(flights.join(ORDERS, () -> CompletableFuture.completedFuture("second")))
                .isCompletedWithValue("second");
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void who_is_told_of_the_landing_and_asks_again_flies_anew() {
        AtomicReference<String> again = new AtomicReference<>();
        flights.join(ORDERS, () -> upstream)
                .thenAccept(first -> again.set(flights.join(ORDERS, () -> CompletableFuture.completedFuture("second"))
                        .join()));
        upstream.complete("first");

        assertThat(again).hasValue("second");
    }

    @Test
    void everybody_hears_of_a_failure_as_it_was() {
        UpstreamException failure = new UpstreamException(Reason.TIMEOUT, "late");
        CompletableFuture<String> first = flights.join(ORDERS, () -> upstream.thenApply(value -> value));
        CompletableFuture<String> second = flights.join(ORDERS, () -> upstream);
        upstream.completeExceptionally(failure);

        assertThat(failureOf(first)).isSameAs(failure);
        assertThat(failureOf(second)).isSameAs(failure);
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void a_departure_that_throws_strands_nobody() {
        AtomicReference<CompletableFuture<String>> joiner = new AtomicReference<>();
        IllegalStateException defect = new IllegalStateException("defect");
        CompletableFuture<String> first = flights.join(ORDERS, () -> {
            joiner.set(flights.join(ORDERS, CompletableFuture::new));
            throw defect;
        });

        assertThat(failureOf(first)).isSameAs(defect);
        assertThat(failureOf(joiner.get())).isSameAs(defect);
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void above_the_bound_new_questions_fail_at_once_and_others_may_still_join() {
        flights.join(ORDERS, () -> upstream);
        flights.join(DB, () -> upstream);
        CompletableFuture<String> third = flights.join(Question.of("web.service.consul", Type.A), () -> {
            throw new AssertionError("departed");
        });

        assertThat(((UpstreamException) failureOf(third)).reason()).isEqualTo(Reason.OVERLOADED);
        assertThat(flights.join(DB, CompletableFuture::new)).isNotDone();
        assertThat(flights.underWay()).isEqualTo(2);
    }

    @Test
    void below_the_bound_again_questions_fly_again() {
        flights.join(ORDERS, () -> upstream);
        flights.join(DB, CompletableFuture::new);
        upstream.complete("answer");

        assertThat(flights.join(ORDERS, () -> CompletableFuture.completedFuture("again")))
                .isCompletedWithValue("again");
    }

    /** What a callback on the future itself is given. */
    private static Throwable failureOf(CompletableFuture<String> flight) {
        assertThat(flight).isCompletedExceptionally();
        AtomicReference<Throwable> heard = new AtomicReference<>();
        flight.whenComplete((value, failure) -> heard.set(failure));
        assertThat(catchThrowable(flight::join)).isInstanceOf(CompletionException.class);
        return heard.get();
    }
}
