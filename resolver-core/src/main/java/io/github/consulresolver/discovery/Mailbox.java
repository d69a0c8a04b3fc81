package io.github.consulresolver.discovery;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest value for one reader, who is called by one thread at a time, as often as he wants to be, and only with something else than the
 * last time. What comes while he reads takes the place of what came before. Thread-safe.
 */
final class Mailbox {
    private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

    /** For a reader who takes all there is. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    private final Executor executor;
    private final Consumer<Endpoints> reader;
    private final AtomicInteger work = new AtomicInteger();
    private @Nullable Endpoints next;
    private long wanted;
    private @Nullable Runnable lastWord;
    private boolean ended;
    /** Written by whoever has the work. */
    private @Nullable Endpoints told;

    /**
     * @param executor calls the reader
     * @param reader must not throw
     * @param wanted how many values he wants now
     */
    Mailbox(Executor executor, Consumer<Endpoints> reader, long wanted) {
        this.executor = executor;
        this.reader = reader;
        this.wanted = wanted;
    }

    /** From now on this is the latest; {@link #deliver} tells it. */
    synchronized void put(Endpoints value) {
        next = ended ? null : value;
    }

    /**
     * Tells what has not been told yet: also what the executor would not take. Where that calls the reader at once, he may do as he likes: so no lock
     * may be held.
     */
    void deliver() {
        boolean due;
        synchronized (this) {
            due = next != null && wanted > 0;
        }
        if (due) {
            work();
        }
    }

    /** The reader wants so many more, 1 or more. */
    void request(long more) {
        synchronized (this) {
            wanted = wanted + more < 0 ? UNBOUNDED : wanted + more;
        }
        work();
    }

    /** No call begins any more. */
    synchronized void end() {
        ended = true;
        next = null;
        lastWord = null;
    }

    /** The same, but for a last call, unless it has ended. */
    void end(Runnable word) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            next = null;
            lastWord = word;
        }
        work();
    }

    private void work() {
        if (work.getAndIncrement() == 0) {
            try {
                executor.execute(this::run);
            } catch (RejectedExecutionException e) {
                work.set(0);
                log.warn("A change is not told: the executor takes no task ({})", e.getMessage());
            }
        }
    }

    private void run() {
        int done = work.get();
        do {
            for (Endpoints value = take(); value != null; value = take()) {
                told = value;
                reader.accept(value);
            }
            Runnable word = takeLastWord();
            if (word != null) {
                word.run();
            }
            done = work.addAndGet(-done);
        } while (done != 0);
    }

    private synchronized @Nullable Endpoints take() {
        Endpoints value = next;
        if (value == null || told != null && value.equals(told)) {
            next = null;
            return null;
        }
        if (wanted == 0) {
            return null;
        }
        wanted -= wanted == UNBOUNDED ? 0 : 1;
        next = null;
        return value;
    }

    private synchronized @Nullable Runnable takeLastWord() {
        Runnable word = lastWord;
        lastWord = null;
        return word;
    }
}
