package io.github.consulresolver.zone;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * One flight a question: who asks what is being asked already waits for that answer. It spares the upstream a herd when an answer
 * expires, and a forger the many open questions that make his guesses good (RFC 5452 section 5).
 *
 * <p>Thread-safe.
 */
final class Flights {
    private final ConcurrentMap<Question, Flight> underWay = new ConcurrentHashMap<>();
    private final LongAdder joined = new LongAdder();
    private final int most;

    /** @param most flights at one time, more than 0; above that questions fail as {@link Reason#OVERLOADED} */
    Flights(int most) {
        this.most = most;
    }

    /**
     * A question under way. Those who wait for it may be told before it has landed; until then nobody else begins one.
     *
     * @param told what those who wait are given. It is everybody's: who wants to cancel it takes a {@link CompletableFuture#copy}
     */
    record Flight(Question question, CompletableFuture<Resolution> told) {}

    /**
     * The flight that is under way for {@code question}, or a new one.
     *
     * @param departure begins a flight; called at most once, on this thread. When it throws, the flight has failed
     */
    Flight join(Question question, Consumer<Flight> departure) {
        Flight flight = new Flight(question, new CompletableFuture<>());
        Flight earlier = underWay.putIfAbsent(question, flight);
        if (earlier != null) {
            joined.increment();
            return earlier;
        }
        if (underWay.size() > most) {
            land(flight);
            flight.told.completeExceptionally(
                    new UpstreamException(Reason.OVERLOADED, most + " questions are under way already"));
            return flight;
        }
        try {
            departure.accept(flight);
        } catch (RuntimeException | Error defect) {
            land(flight);
            flight.told.completeExceptionally(defect);
        }
        return flight;
    }

    /** Ends it. To be called before those who wait are told: at TTL 0 an answer is for them, not for whoever comes then. */
    void land(Flight flight) {
        underWay.remove(flight.question, flight);
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
