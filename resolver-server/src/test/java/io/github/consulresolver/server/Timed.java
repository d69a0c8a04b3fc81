package io.github.consulresolver.server;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Measures on a machine that has other things to do: how long its own threads have to wait for a core is not the task's time. */
final class Timed {
    private static final long PAUSE = Duration.ofMillis(1).toNanos();

    private volatile boolean ended;
    private long late;

    private Timed() {}

    /** How long the task took, less what a thread that only sleeps woke up late in that time. */
    static Duration run(Runnable task) {
        Timed timed = new Timed();
        Thread sleeper = new Thread(timed::sleep, "sleeper");
        sleeper.start();
        long start = System.nanoTime();
        task.run();
        long took = System.nanoTime() - start;
        timed.ended = true;
        try {
            sleeper.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return Duration.ofNanos(took - timed.late);
    }

    private void sleep() {
        while (!ended) {
            long start = System.nanoTime();
            LockSupport.parkNanos(PAUSE);
            // Timers are not exact; who waits for a core waits longer than that.
            late += Math.max(0, System.nanoTime() - start - 2 * PAUSE);
        }
    }
}
