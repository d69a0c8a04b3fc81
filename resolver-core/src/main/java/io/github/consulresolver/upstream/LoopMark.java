package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Query;
import java.security.SecureRandom;

/**
 * What a process puts on its queries to recursors, to know them when they come back: then somebody it asks asks it. Servers must ignore options
 * they do not know (RFC 6891 section 6.1.2); some pass them on, and those are the ones that a loop goes through unseen. Immutable.
 *
 * @param token drawn by each process for itself, so that two servers of our kind may ask one another
 */
public record LoopMark(long token) {
    /** One for this process. */
    public static LoopMark random() {
        return new LoopMark(new SecureRandom().nextLong());
    }

    /** Whether a query is one of our own. */
    public boolean isOn(Query query) {
        return query.isMarked(token);
    }
}
