package io.github.consulresolver.upstream;

import java.util.concurrent.CompletionException;

/** No answer could be had. It carries no stack trace: upstreams fail every day, and whoever reads this wants to know which. */
public final class UpstreamException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why there is no answer. */
    public enum Reason {
        /** Nobody answered in time. */
        TIMEOUT,
        /** Nothing listens there, or no way leads there. */
        UNREACHABLE,
        /** The connection ended before the reply was whole. */
        CLOSED,
        /** What came back was broken, or not an answer to what was asked, again and again. */
        MISMATCHED,
        /** The server does not understand EDNS (RFC 6891 section 7). */
        NO_EDNS,
        /** The server answered that it cannot or will not say. */
        REFUSED,
        /** Too many questions are under way already. */
        OVERLOADED,
        /** There is nobody to ask. */
        NO_UPSTREAM
    }

    private final Reason reason;

    public UpstreamException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What went wrong, without the wrapping that each step behind a future puts around it. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
