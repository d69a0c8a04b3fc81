package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** What to do when an attempt fails. */
final class Attempts {
    private Attempts() {}

    /** The outcome of {@code attempt}; when that fails, of what {@code next} makes of the failure. */
    static <T> CompletableFuture<T> orElse(
            CompletableFuture<T> attempt, Function<UpstreamException, CompletableFuture<T>> next) {
        return attempt.exceptionallyCompose(failure -> next.apply(asUpstream(failure)));
    }

    /** What went wrong, as upstreams fail. */
    static UpstreamException asUpstream(Throwable failure) {
        Throwable cause = UpstreamException.cause(failure);
        if (cause instanceof UpstreamException upstream) {
            return upstream;
        }
        return cause instanceof TimeoutException
                ? new UpstreamException(Reason.TIMEOUT, "no answer within the time there is for a question")
                : new UpstreamException(Reason.UNREACHABLE, String.valueOf(cause.getMessage()));
    }
}
