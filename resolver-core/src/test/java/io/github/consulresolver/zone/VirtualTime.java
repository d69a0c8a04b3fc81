package io.github.consulresolver.zone;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A time that passes when a test says so, and what is due in it. Not thread-safe. */
public final class VirtualTime implements LongSupplier, Timer {
    private final Queue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
    // System.nanoTime() may be anything; so close to its end, whoever compares instead of subtracting fails.
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(3);
    private long start = now;
    private long scheduled;

    private record Task(long due, long number, Runnable task) {}

    @Override
    public long getAsLong() {
        return now;
    }

    @Override
    public Alarm schedule(Duration delay, Runnable task) {
        Task due = new Task(now - start + delay.toNanos(), scheduled++, task);
        tasks.add(due);
        return () -> tasks.remove(due);
    }

    /** How many things are due at some time. */
    int due() {
        return tasks.size();
    }

    /** Lets time pass, and does what falls due on the way, at its time. */
    public void pass(Duration time) {
        long end = now - start + time.toNanos();
        while (!tasks.isEmpty() && tasks.element().due() <= end) {
            Task next = tasks.remove();
            now = start + Math.max(now - start, next.due());
            next.task().run();
        }
        now = start + end;
    }

    public void passMillis(long millis) {
        pass(Duration.ofMillis(millis));
    }

    /** Does what is due now. */
    public void settle() {
        pass(Duration.ZERO);
    }
}
