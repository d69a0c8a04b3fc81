package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Flights.Flight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

    private final Flights flights = new Flights(1_000);
    private final FairShare places = new FairShare(2);
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
    void where_all_places_are_taken_no_new_question_flies_and_others_may_still_be_joined() {
        join(ORDERS, () -> upstream);
        join(DB, () -> upstream);
        Flight third = flights.join(Question.of("web.service.consul", Type.A), places, "a third", flight -> {
            throw new AssertionError("departed");
        });

        assertThat(third).isNull();
        assertThat(join(DB, CompletableFuture::new)).isNotDone();
        assertThat(flights.underWay()).isEqualTo(2);
    }

    @Test
    void a_place_is_free_again_after_the_landing() {
        join(ORDERS, () -> upstream);
        join(DB, CompletableFuture::new);
        upstream.complete(FIRST);

        assertThat(join(ORDERS, () -> CompletableFuture.completedFuture(SECOND)))
                .isCompletedWithValue(SECOND);
    }

    @Test
    void who_joins_takes_no_place() {
        join(ORDERS, () -> upstream);
        for (int i = 0; i < 100; i++) {
            join(ORDERS, CompletableFuture::new);
        }

        assertThat(places.taken()).isEqualTo(1);
    }

    @Test
    void a_departure_that_throws_takes_no_place() {
        assertThat(join(ORDERS, () -> {
                    throw new IllegalStateException("defect");
                }))
                .isCompletedExceptionally();
        assertThat(places.taken()).isZero();
    }

    @Test
    void a_flight_that_lands_twice_gives_one_place_back() {
        join(ORDERS, () -> upstream);
        Flight landed = join(DB);
        flights.land(landed);
        flights.land(landed);

        assertThat(places.taken()).isEqualTo(1);
    }

    @Test
    void so_many_wait_for_one_flight_and_no_more() {
        Flights lonely = new Flights(3);
        for (int i = 0; i < 3; i++) {
            assertThat(lonely.join(ORDERS, places, "a client", flight -> {})).isNotNull();
        }

        assertThat(lonely.join(ORDERS, places, "another", flight -> {})).isNull();
        assertThat(lonely.join(DB, places, "another", flight -> {})).isNotNull();
    }

    private Flight join(Question question) {
        return Objects.requireNonNull(flights.join(question, places, new Object(), flight -> {}));
    }

    /** Each time as somebody else. */
    private CompletableFuture<Resolution> join(Question question, Supplier<CompletableFuture<Resolution>> departure) {
        Flight joined = flights.join(
                question,
                places,
                new Object(),
                flight -> departure.get().whenComplete((resolution, failure) -> {
                    flights.land(flight);
                    if (failure == null) {
                        flight.told().complete(resolution);
                    } else {
                        flight.told().completeExceptionally(failure);
                    }
                }));
        return Objects.requireNonNull(joined).told();
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
