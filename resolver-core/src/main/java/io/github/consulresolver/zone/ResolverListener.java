package io.github.consulresolver.zone;

/** Hears what a {@link Resolver} does. Called on threads of the transport, by several at the same time; must be quick and must not throw. */
public interface ResolverListener {
    /** Hears nothing. */
    ResolverListener NONE = zone -> {};

    /** An answer came of which some instances may be missing, and nothing more could be had. */
    void partial(Zone zone);
}
