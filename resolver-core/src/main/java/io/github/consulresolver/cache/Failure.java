package io.github.consulresolver.cache;

import io.github.consulresolver.dns.ExtendedError;
import org.jspecify.annotations.Nullable;

/**
 * That an answer could not be had anew, and what follows from it. It belongs to one {@link CachedAnswer}: to the last one that came, as
 * long as that is kept, else to one that says nothing but that. Times are in the nanoseconds of {@link System#nanoTime}.
 *
 * <p>Immutable.
 *
 * @param kind what happened
 * @param reason what clients are told of it; null when there is nothing to say
 * @param cause what those are given who get no answer for it; null when everybody does
 * @param times how often in a row, 1 or more
 * @param since when it happened first
 * @param at when it happened last
 * @param retryAt from when on it is worth asking again
 * @param servable whether what is kept may be answered meanwhile, if it is not too old
 */
public record Failure(
        Kind kind,
        @Nullable ExtendedError reason,
        @Nullable Throwable cause,
        int times,
        long since,
        long at,
        long retryAt,
        boolean servable) {

    /** What it costs to keep, with its cause, in bytes. */
    static final int WEIGHT = 200;

    /** What happened. */
    public enum Kind {
        /** No answer came in the time a client waits for one; it may still come. */
        LATE,
        /** Nobody answered. */
        SILENT,
        /** Who was asked said that he cannot, or will not, say. */
        REFUSED,
        /** Suddenly there was nothing, which is not believed at once. */
        EMPTY
    }

    /** The same, to be asked again at another time. */
    public Failure retriedAt(long time) {
        return new Failure(kind, reason, cause, times, since, at, time, servable);
    }
}
