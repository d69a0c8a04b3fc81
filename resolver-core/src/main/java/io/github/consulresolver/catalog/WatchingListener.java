package io.github.consulresolver.catalog;

import io.github.consulresolver.watch.WatchState;
import io.github.consulresolver.zone.CoherenceListener;

/** Hears what becomes of watching an agent. Called on any thread, by several at the same time; must be quick and must not throw. */
public interface WatchingListener extends CoherenceListener {
    /** What was watched is not, for a reason that its state tells. */
    default void uncovered(WatchState state) {}

    /**
     * What has no watch of its own can be looked at, as after each change in the datacenter: who relies on it should have it {@linkplain
     * io.github.consulresolver.zone.Resolver#verify verified}.
     */
    default void tailBegins() {}

    /** A service without a watch of its own was looked at. */
    default void checked() {}
}
