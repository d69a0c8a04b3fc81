package io.github.consulresolver.discovery;

import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.zone.Timer;

/** What carries the questions of one resolver, and keeps its time. Thread-safe. */
interface Network extends AutoCloseable {
    /** Those who know the answers. */
    Upstream agents();

    /** Does what is due later. */
    Timer timer();

    /** The time, in the nanoseconds of {@link System#nanoTime}. */
    long now();

    /** Whether the calling thread is one that carries questions, so that it must not wait for one. */
    boolean isOwnThread();

    /** Ends it; questions that are under way are answered by nobody. */
    @Override
    void close();
}
