package io.github.consulresolver.watch;

import io.github.consulresolver.agent.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A loop whose time passes when a test says so. */
final class VirtualLoop implements Loop {
    private record Task(long at, Runnable run) {}

    private final List<Task> tasks = new ArrayList<>();
    private long now = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos();

    @Override
    public long now() {
        return now;
    }

    @Override
    public void execute(Runnable task) {
        after(Duration.ZERO, task);
    }

    @Override
    public Alarm after(Duration delay, Runnable run) {
        Task task = new Task(now + delay.toNanos(), run);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /** Lets time pass, and does what is due on the way. */
    void pass(Duration time) {
        long end = now + time.toNanos();
        for (Task task = next(); task != null && task.at - end <= 0; task = next()) {
            tasks.remove(task);
            now = task.at - now > 0 ? task.at : now;
            task.run.run();
        }
        now = end;
    }

    /** Lets time pass in which nothing is done: the process was stopped. */
    void freeze(Duration time) {
        now += time.toNanos();
    }

    /** How long until something is due. */
    Duration untilNext() {
        return Duration.ofNanos(next().at - now);
    }

    boolean isIdle() {
        return tasks.isEmpty();
    }

    private Task next() {
        return tasks.stream()
                .min(Comparator.comparingLong(task -> task.at - now))
                .orElse(null);
    }
}
