package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One flight a question: who asks what is being asked already waits for that answer. It spares the upstream a herd when an answer
 * expires, and a forger the many open questions that make his guesses good (RFC 5452 section 5).
 *
 * <p>Waiters are not counted, being bounded by the time a flight may take; flights are. Thread-safe.
 *
 * @param <T> what a flight brings home
 */
public final class SingleFlight<T> {
    private final ConcurrentMap<Question, CompletableFuture<T>> flights = new ConcurrentHashMap<>();
    private final LongAdder joined = new LongAdder();
    private final int most;

    /** @param most flights at one time, more than 0; above that questions fail as {@link Reason#OVERLOADED} */
    public SingleFlight(int most) {
        this.most = most;
    }

    /**
     * The flight that is under way for {@code question}, or a new one.
     *
     * <p>The future is everybody's: who wants to cancel it, or to complete it after a time, takes a {@link CompletableFuture#copy}.
     *
     * @param departure begins a flight; called at most once, on this thread. When it throws, the flight has failed
     */
    public CompletableFuture<T> join(Question question, Supplier<CompletableFuture<T>> departure) {
        CompletableFuture<T> flight = new CompletableFuture<>();
        CompletableFuture<T> earlier = flights.putIfAbsent(question, flight);
        if (earlier != null) {
            joined.increment();
            return earlier;
        }
        if (flights.size() > most) {
            flights.remove(question);
            flight.completeExceptionally(
                    new UpstreamException(Reason.OVERLOADED, most + " questions are under way already"));
            return flight;
        }
        try {
            departure.get().whenComplete((value, failure) -> land(question, flight, value, failure));
        } catch (RuntimeException | Error defect) {
            land(question, flight, null, defect);
        }
        return flight;
    }

    /** Landed first, told afterwards: at TTL 0 an answer is for those who waited, not for whoever comes then. */
    private void land(Question question, CompletableFuture<T> flight, @Nullable T value, @Nullable Throwable failure) {
        flights.remove(question);
        if (failure != null) {
            flight.completeExceptionally(Attempts.cause(failure));
        } else {
            flight.complete(value);
        }
    }

    /** How many flights are under way. */
    public int underWay() {
        return flights.size();
    }

    /** How many questions found a flight to join, since the start. */
    public long joined() {
        return joined.sum();
    }
}
