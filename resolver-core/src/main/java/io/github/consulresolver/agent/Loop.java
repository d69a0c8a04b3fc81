package io.github.consulresolver.agent;

import java.time.Duration;

/** One thread, and its time. All that hangs on it is done by that thread, and needs no lock. */
public interface Loop {
    /** The time, in the nanoseconds of {@link System#nanoTime}. */
    long now();

    /** Does {@code task} on the loop's thread, soon. From any thread. */
    void execute(Runnable task);

    /** Does {@code task} on the loop's thread when {@code delay} has passed. From the loop's thread. */
    Alarm after(Duration delay, Runnable task);

    /** Something that is going to be done. */
    interface Alarm {
        /** Has it not be done. From the loop's thread. */
        void cancel();
    }
}
