package io.github.consulresolver.discovery;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Hears what a {@link ServiceResolver} does, for metrics and logs. Called on any thread, by several at the same time, also the one that
 * carries all questions: it must be quick, must not block, and must not throw.
 */
public interface DiscoveryListener {
    /** Hears nothing. */
    DiscoveryListener NONE = new DiscoveryListener() {};

    /**
     * A name was resolved without asking anybody.
     *
     * @param found what was given
     */
    default void remembered(Endpoints found) {}

    /**
     * A name was resolved, and an agent was asked, or was to be asked.
     *
     * @param found what was given; {@linkplain Endpoints#isStale stale} where no agent answered
     * @param took how long who asked had to wait
     */
    default void resolved(Endpoints found, Duration took) {}

    /**
     * A name could not be resolved.
     *
     * @param name the name
     * @param failure what was thrown
     * @param took how long who asked had to wait
     */
    default void failed(ServiceName name, ResolutionException failure, Duration took) {}

    /**
     * The instances of a name that is watched are others than before, or are known for the first time.
     *
     * @param now what those who watch are told
     */
    default void changed(Endpoints now) {}

    /**
     * Somebody who was told of a change threw something. He is told of the next all the same, unless he is a subscriber: then it is his last.
     *
     * @param name what he watches
     * @param thrown what he threw
     */
    default void watcherFailed(ServiceName name, Throwable thrown) {}

    /**
     * An agent does not answer. It is asked last from now on, until it does.
     *
     * @param agent where its DNS is
     */
    default void agentDown(InetSocketAddress agent) {}

    /**
     * An agent that did not answer does.
     *
     * @param agent where its DNS is
     */
    default void agentUp(InetSocketAddress agent) {}
}
