package io.github.consulresolver.zone;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.ExtendedError;
import org.jspecify.annotations.Nullable;

/**
 * What a client is given. Immutable.
 *
 * @param answer the answer
 * @param isStale whether it is given past its time, because no newer one could be had (RFC 8767)
 * @param reason why none could, where there is something to say
 */
public record Resolution(
        CachedAnswer answer, boolean isStale, @Nullable ExtendedError reason) {
    static Resolution fresh(CachedAnswer answer) {
        return new Resolution(answer, false, null);
    }

    static Resolution stale(CachedAnswer answer, @Nullable ExtendedError reason) {
        return new Resolution(answer, true, reason);
    }
}
