package io.github.consulresolver.zone;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;

/** Knows of answers whether they are true, beyond what their TTL says. Called on any thread, by several at the same time; must be quick. */
interface Vouching {
    /** Knows nothing. */
    Vouching NONE = new Vouching() {};

    /** Somebody asks, and there is no fresh answer. */
    default void asked(Zone zone, Question question) {}

    /** Somebody goes on relying on the answer there is, without asking. */
    default void verify(Zone zone, Question question) {}

    /**
     * An answer has come, and nobody has seen it yet.
     *
     * @param askedAt when it was asked for
     */
    default void fetched(Zone zone, Question question, CachedAnswer answer, long askedAt) {}

    /** Whether what the zone's upstream says now may be of long ago, so that what is known is better. */
    default boolean isDoubtful(Zone zone, Question question) {
        return false;
    }
}
