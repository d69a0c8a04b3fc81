package io.github.consulresolver.zone;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Does things later, on a thread of its own. Thread-safe. */
@FunctionalInterface
public interface Timer {
    /**
     * Has {@code task} run.
     *
     * @param delay zero for as soon as may be, but not within this call
     */
    void schedule(Duration delay, Runnable task);

    /** One whose tasks run on {@code threads}, as long as those do. */
    static Timer on(ScheduledExecutorService threads) {
        return (delay, task) -> {
            try {
                threads.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException ended) {
                // Whoever waited for it has been told of the end.
            }
        };
    }
}
