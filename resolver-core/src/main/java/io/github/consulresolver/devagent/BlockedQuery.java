package io.github.consulresolver.devagent;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * A query that waits for its index to move. It holds no thread meanwhile: whoever changes the catalogue, or the clock,
 * ends it.
 */
final class BlockedQuery implements Runnable {
    private final Catalog catalog;
    private final LongSupplier index;
    private final long seen;
    private final Runnable answer;
    private final AtomicBoolean over = new AtomicBoolean();

    BlockedQuery(Catalog catalog, LongSupplier index, long seen, Runnable answer) {
        this.catalog = catalog;
        this.index = index;
        this.seen = seen;
        this.answer = answer;
    }

    /** From now on a change answers it; one that came before, at once. */
    void begin() {
        catalog.listen(this);
        run();
    }

    @Override
    public void run() {
        if (index.getAsLong() > seen) {
            end();
        }
    }

    /** Answers it now, unless it has been. */
    void end() {
        if (over.compareAndSet(false, true)) {
            catalog.unlisten(this);
            answer.run();
        }
    }
}
