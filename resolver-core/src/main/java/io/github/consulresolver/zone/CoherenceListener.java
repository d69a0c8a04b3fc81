package io.github.consulresolver.zone;

/** Hears what becomes of answers that could be coherent. Called on any thread, by several at the same time; must be quick and must not throw. */
public interface CoherenceListener {
    /** Hears nothing. */
    CoherenceListener NONE = new CoherenceListener() {};

    /** Why an answer lives by its TTL although its name is watched. */
    enum Fallback {
        /** It has parts that do not come from the catalog, is of another kind, or not whole. */
        NOT_COMPARABLE,
        /** The agent's DNS goes on saying something else than its HTTP API. */
        DISAGREES
    }

    /** An answer lives by its TTL. */
    default void fallsBack(Fallback why) {}

    /**
     * An answer that had changed is there anew.
     *
     * @param nanos since the change was heard of
     */
    default void renewed(long nanos) {}
}
