package io.github.consulresolver.upstream;

import java.net.InetSocketAddress;

/**
 * A thread that carries questions, with its time and its ways to servers. A question stays on the loop it began on, so that nothing of it
 * needs a lock.
 */
interface Loop {
    /** The time, in the nanoseconds of {@link System#nanoTime}. */
    long nanos();

    /**
     * Runs a task on this loop: now when this is its thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException when the loop has ended
     */
    void execute(Runnable task);

    /** Runs a task on this loop, in so many nanoseconds or a little later. Called on the loop, as is {@link Alarm#cancel}. */
    Alarm after(long nanos, Runnable task);

    /** The way to a server from here: the same one each time. Called on the loop. */
    Wire wire(InetSocketAddress server);

    /** A task to come. */
    interface Alarm {
        /** Sees that it does not come, unless it has. */
        void cancel();
    }
}
