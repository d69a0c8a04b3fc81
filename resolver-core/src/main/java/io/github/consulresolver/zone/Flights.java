package io.github.consulresolver.zone;

import io.github.consulresolver.dns.Question;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One flight a question: who asks what is being asked already waits for that answer. It spares the upstream a herd when an answer
 * expires, and a forger the many open questions that make his guesses good (RFC 5452 section 5).
 *
 * <p>Who begins a flight takes one of the places that its upstream has, until it has landed; who joins one takes none, but those who wait for
 * one flight are bounded, too.
 *
 * <p>Thread-safe.
 */
final class Flights {
    private final ConcurrentMap<Question, Flight> underWay = new ConcurrentHashMap<>();
    private final LongAdder joined = new LongAdder();
    private final int mostWaiting;

    /** @param mostWaiting how many may wait for one flight, more than 0 */
    Flights(int mostWaiting) {
        this.mostWaiting = mostWaiting;
    }

    /** A question under way. Those who wait for it may be told before it has landed; until then nobody else begins one. */
    static final class Flight {
        private final Question question;
        private final FairShare places;
        private final Object client;
        private final CompletableFuture<Resolution> told = new CompletableFuture<>();
        private final AtomicInteger waiting = new AtomicInteger(1);

        private Flight(Question question, FairShare places, Object client) {
            this.question = question;
            this.places = places;
            this.client = client;
        }

        Question question() {
            return question;
        }

        /** What those who wait are given. It is everybody's: who wants to cancel it takes a {@link CompletableFuture#copy}. */
        CompletableFuture<Resolution> told() {
            return told;
        }
    }

    /**
     * The flight that is under way for {@code question}, or a new one; null when there is no place for this client.
     *
     * @param places of which a new flight takes one
     * @param client who takes it
     * @param departure begins a flight; called at most once, on this thread. When it throws, the flight has failed
     */
    @Nullable
    Flight join(Question question, FairShare places, Object client, Consumer<Flight> departure) {
        Flight earlier = underWay.get(question);
        if (earlier == null) {
            if (!places.take(client)) {
                return null;
            }
            Flight flight = new Flight(question, places, client);
            earlier = underWay.putIfAbsent(question, flight);
            if (earlier == null) {
                depart(flight, departure);
                return flight;
            }
            places.release(client);
        }
        if (earlier.waiting.incrementAndGet() > mostWaiting) {
            return null;
        }
        joined.increment();
        return earlier;
    }

    private void depart(Flight flight, Consumer<Flight> departure) {
        try {
            departure.accept(flight);
        } catch (RuntimeException | Error defect) {
            land(flight);
            flight.told.completeExceptionally(defect);
        }
    }

    /** Ends it. To be called before those who wait are told: at TTL 0 an answer is for them, not for whoever comes then. */
    void land(Flight flight) {
        if (underWay.remove(flight.question, flight)) {
            flight.places.release(flight.client);
        }
    }

    boolean isUnderWay(Question question) {
        return underWay.containsKey(question);
    }

    /** How many flights are under way. */
    int underWay() {
        return underWay.size();
    }

    /** How many questions found a flight to join, since the start. */
    long joined() {
        return joined.sum();
    }
}
