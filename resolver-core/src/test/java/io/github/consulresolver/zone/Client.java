package io.github.consulresolver.zone;

import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Somebody who asked, and what came of it, and when. */
final class Client {
    private final LongSupplier clock;
    private final long askedAt;
    private @Nullable Long toldAt;
    private @Nullable Resolution resolution;
    private @Nullable Throwable failure;

    private Client(LongSupplier clock) {
        this.clock = clock;
        askedAt = clock.getAsLong();
    }

    static Client asks(Resolver resolver, Question question, LongSupplier clock) {
        Client client = new Client(clock);
        resolver.resolve(question).whenComplete(client::told);
        return client;
    }

    static Client asks(Resolver resolver, Question question, Object who, LongSupplier clock) {
        Client client = new Client(clock);
        resolver.resolve(question, who).whenComplete(client::told);
        return client;
    }

    private void told(@Nullable Resolution outcome, @Nullable Throwable problem) {
        toldAt = clock.getAsLong();
        resolution = outcome;
        failure = problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
    }

    boolean waits() {
        return toldAt == null;
    }

    /** How long it waited, or has waited up to now. */
    Duration waited() {
        return Duration.ofNanos((toldAt == null ? clock.getAsLong() : toldAt) - askedAt);
    }

    boolean hasFresh() {
        return resolution != null && !resolution.isStale();
    }

    boolean hasStale() {
        return resolution != null && resolution.isStale();
    }

    @Nullable
    ExtendedError why() {
        return resolution == null ? null : resolution.reason();
    }

    int rcode() {
        return resolution == null ? -1 : resolution.answer().answers().rcode();
    }

    boolean isToldThatThereIsNothing() {
        return resolution != null && resolution.answer().answers().isNegative();
    }

    /** Why it has no answer; null while it waits, and when it has one. */
    UpstreamException.@Nullable Reason failure() {
        return failure instanceof UpstreamException upstream ? upstream.reason() : null;
    }
}
