package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.UpstreamException;
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
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class FlightsTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);
    private static final Question DB = Question.of("db.service.consul", Type.A);

    private static final Resolution FIRST = answer();
    private static final Resolution SECOND = answer();

    private final Flights flights = new Flights(2);
    private final CompletableFuture<Resolution> upstream = new CompletableFuture<>();

    @Test
    void a_thousand_who_ask_at_the_same_time_share_one_departure() throws Exception {
        AtomicInteger departures = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(8);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<List<CompletableFuture<Resolution>>>> crowds = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                crowds.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    List<CompletableFuture<Resolution>> crowd = new ArrayList<>();
                    for (int i = 0; i < 125; i++) {
                        crowd.add(join(ORDERS, () -> {
                            departures.incrementAndGet();
                            return upstream;
                        }));
                    }
                    return crowd;
                }));
            }
            List<CompletableFuture<Resolution>> everybody = new ArrayList<>();
            for (Future<List<CompletableFuture<Resolution>>> crowd : crowds) {
                everybody.addAll(crowd.get(30, TimeUnit.SECONDS));
            }
            upstream.complete(FIRST);

            assertThat(everybody).hasSize(1_000).allMatch(one -> one.join().equals(FIRST));
            assertThat(departures).hasValue(1);
            assertThat(flights.joined()).isEqualTo(999);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void different_questions_fly_apart() {
        CompletableFuture<Resolution> orders = join(ORDERS, () -> upstream);
        CompletableFuture<Resolution> db = join(DB, CompletableFuture::new);
        upstream.complete(FIRST);

        assertThat(orders).isCompletedWithValue(FIRST);
        assertThat(db).isNotDone();
    }

    @Test
    void who_asks_after_the_landing_flies_anew() {
        join(ORDERS, () -> CompletableFuture.completedFuture(FIRST));

        assertThat(join(ORDERS, () -> CompletableFuture.completedFuture(SECOND)))
                .isCompletedWithValue(SECOND);
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void who_is_told_of_the_landing_and_asks_again_flies_anew() {
        AtomicReference<Resolution> again = new AtomicReference<>();
        join(ORDERS, () -> upstream)
                .thenAccept(first -> again.set(join(ORDERS, () -> CompletableFuture.completedFuture(SECOND))
                        .join()));
        upstream.complete(FIRST);

        assertThat(again).hasValue(SECOND);
    }

    @Test
    void everybody_hears_of_a_failure_as_it_was() {
        UpstreamException failure = new UpstreamException(Reason.TIMEOUT, "late");
        CompletableFuture<Resolution> first = join(ORDERS, () -> upstream);
        CompletableFuture<Resolution> second = join(ORDERS, () -> upstream);
        upstream.completeExceptionally(failure);

        assertThat(failureOf(first)).isSameAs(failure);
        assertThat(failureOf(second)).isSameAs(failure);
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void a_departure_that_throws_strands_nobody() {
        AtomicReference<CompletableFuture<Resolution>> joiner = new AtomicReference<>();
        IllegalStateException defect = new IllegalStateException("defect");
        CompletableFuture<Resolution> first = join(ORDERS, () -> {
            joiner.set(join(ORDERS, CompletableFuture::new));
            throw defect;
        });

        assertThat(failureOf(first)).isSameAs(defect);
        assertThat(failureOf(joiner.get())).isSameAs(defect);
        assertThat(flights.underWay()).isZero();
    }

    @Test
    void above_the_bound_new_questions_fail_at_once_and_others_may_still_join() {
        join(ORDERS, () -> upstream);
        join(DB, () -> upstream);
        CompletableFuture<Resolution> third = join(Question.of("web.service.consul", Type.A), () -> {
            throw new AssertionError("departed");
        });

        assertThat(((UpstreamException) failureOf(third)).reason()).isEqualTo(Reason.OVERLOADED);
        assertThat(join(DB, CompletableFuture::new)).isNotDone();
        assertThat(flights.underWay()).isEqualTo(2);
    }

    @Test
    void below_the_bound_again_questions_fly_again() {
        join(ORDERS, () -> upstream);
        join(DB, CompletableFuture::new);
        upstream.complete(FIRST);

        assertThat(join(ORDERS, () -> CompletableFuture.completedFuture(SECOND)))
                .isCompletedWithValue(SECOND);
    }

    private CompletableFuture<Resolution> join(Question question, Supplier<CompletableFuture<Resolution>> departure) {
        return flights.join(
                        question,
                        flight -> departure.get().whenComplete((resolution, failure) -> {
                            flights.land(flight);
                            if (failure == null) {
                                flight.told().complete(resolution);
                            } else {
                                flight.told().completeExceptionally(failure);
                            }
                        }))
                .told();
    }

    private static Resolution answer() {
        return Resolution.fresh(new CachedAnswer(VerbatimAnswer.failureOf(ORDERS), 0, 0));
    }

    /** What a callback on the future itself is given. */
    private static Throwable failureOf(CompletableFuture<Resolution> flight) {
        assertThat(flight).isCompletedExceptionally();
        AtomicReference<Throwable> heard = new AtomicReference<>();
        flight.whenComplete((value, failure) -> heard.set(failure));
        assertThat(catchThrowable(flight::join)).isInstanceOf(CompletionException.class);
        return heard.get();
    }
}
