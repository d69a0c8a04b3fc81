package io.github.consulresolver.zone;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Does things later, on a thread of its own. Thread-safe. */
@FunctionalInterface
public interface Timer {
    /** Something that is due. */
    @FunctionalInterface
    interface Alarm {
        /** Is not rung for. */
        Alarm NONE = () -> {};

        /** It shall not be done, unless it was, or is being done. Does not wait. */
        void cancel();
    }

    /**
     * Has {@code task} run.
     *
     * @param delay zero for as soon as may be, but not within this call
     */
    Alarm schedule(Duration delay, Runnable task);

    /** One whose tasks run on {@code threads}, asked for each time, as long as those do. */
    static Timer on(Supplier<? extends ScheduledExecutorService> threads) {
        return (delay, task) -> {
            try {
                Future<?> due = threads.get().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                return () -> due.cancel(false);
            } catch (RejectedExecutionException ended) {
                // Whoever waited for it has been told of the end.
                return Alarm.NONE;
            }
        };
    }
}
