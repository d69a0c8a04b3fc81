package io.github.consulresolver.server;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back that a flood has taken.
 *
 * <p>A question that an agent is slow to answer outlives some collections of the young generation, and is taken for old. The serial collector
 * does not look at what is old before the heap is as large as it may be, so that one flood of names that nobody knows leaves a process that is
 * larger by half, for weeks. This looks from time to time at how much the heap has grown since everything was collected last, and has that done again
 * when it is much beside the queries that wait meanwhile: it stops all threads for the time in which what lives is marked and moved, some 30 ms
 * for 10 MB. A heap that is large all the same is left alone, and so are those of other collectors, which begin with a large one.
 *
 * <p>One thread calls {@link #look}.
 */
final class HeapSweep {
    private static final Logger log = LoggerFactory.getLogger(HeapSweep.class);

    static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    /** What is worth a pause at all, in bytes: what some thousands of questions leave behind. */
    static final long MUCH = 3 << 20;

    /**
     * How many bytes there must be for each query that came since the last look. At 1,000 queries a second thirty of them fall into a pause, and
     * 3 MB are worth that; at 50,000 so many do that nothing is.
     */
    static final long WORTH_A_QUERY = 600;

    /** How large the heap may be afterwards for it to be done at all, in bytes: marking and moving more takes too long. */
    static final long LARGE = 48 << 20;

    /** What the garbage collector is asked. */
    interface Heap {
        /** What it has taken of the system's memory, in bytes. */
        long size();

        /** Collects everything; returns when that is done. */
        void collect();

        /** This process's. */
        static Heap ofThisProcess() {
            return new Heap() {
                @Override
                public long size() {
                    return Runtime.getRuntime().totalMemory();
                }

                @Override
                public void collect() {
                    System.gc();
                }
            };
        }
    }

    private final Heap heap;
    private final LongSupplier queries;
    /** How large it was when all had been collected; at first nothing, so that what the start left behind goes, too. */
    private long collected;

    private long answered;

    /** @param queries how many have been answered since the start */
    HeapSweep(Heap heap, LongSupplier queries) {
        this.heap = heap;
        this.queries = queries;
    }

    /** Looks from now on; until the executor that is returned is shut down. */
    ScheduledExecutorService start() {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread looking = new Thread(task, "heap-sweep");
            looking.setDaemon(true);
            return looking;
        });
        long period = LOOK_EVERY.toMillis();
        thread.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
        return thread;
    }

    /** Collects where that is due. */
    void look() {
        long before = answered;
        answered = queries.getAsLong();
        long size = heap.size();
        long worth = Math.max(MUCH, (answered - before) * WORTH_A_QUERY);
        if (size - collected < worth || collected > LARGE) {
            return;
        }
        heap.collect();
        collected = heap.size();
        log.debug("Collected the heap's garbage: {} kB before, {} kB now", size >> 10, collected >> 10);
    }
}
