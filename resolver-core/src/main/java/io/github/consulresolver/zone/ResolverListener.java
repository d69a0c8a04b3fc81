package io.github.consulresolver.zone;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;

/** Hears what a {@link Resolver} does. Called on threads of the transport, by several at the same time; must be quick and must not throw. */
public interface ResolverListener {
    /** Hears nothing. */
    ResolverListener NONE = new ResolverListener() {};

    /** Why an answer is asked for although no client waits for it. */
    enum Refresh {
        /** It is past its time, and given all the same, because its upstream failed. */
        STALE,
        /** It has changed, as somebody who watches it has heard. */
        CHANGED,
        /** It is asked for often, and its time is almost over. */
        PREFETCH
    }

    /** An answer came of which some instances may be missing, and nothing more could be had. */
    default void partial(Zone zone) {}

    /** An answer is asked for in the background. */
    default void refreshed(Zone zone, Refresh why) {}

    /** Suddenly there is nothing, and the last answer is given for a little while longer. */
    default void heldDown(Zone zone) {}

    /** An answer has come, and is kept from now on, whoever asked. */
    default void kept(Question question, CachedAnswer answer) {}
}
