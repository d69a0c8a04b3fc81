package io.github.consulresolver.watch;

import io.github.consulresolver.cache.Coverage;

/** Hears what a watch says, on its loop's thread. */
public interface WatchListener<T> {
    /**
     * This is how things stand, until {@code coverage} ends. What was said before holds no more.
     *
     * @param body what the agent said
     */
    void covers(T body, Coverage coverage);

    /**
     * Nothing the watch said holds any more. Told once for each state and reason in a row.
     *
     * @param state any but {@link WatchState#LIVE}
     * @param reason one line
     */
    void uncovered(WatchState state, String reason);
}
