package io.github.consulresolver.server.listen;

import io.github.consulresolver.dns.Query;
import io.github.consulresolver.upstream.LoopMark;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Catches our own questions when they come back to us, because a recursor we ask asks us. They are counted, and told of once. Thread-safe.
 *
 * <p>A loop through a server that does not pass the mark on is not seen here; it ends at the question that is under way already, which the one that
 * comes back joins.
 */
public final class LoopGuard {
    private static final Logger log = LoggerFactory.getLogger(LoopGuard.class);

    private final LoopMark mark;
    private final LongAdder caught = new LongAdder();
    private final AtomicBoolean told = new AtomicBoolean();

    /** @param mark what our questions to recursors have on them */
    public LoopGuard(LoopMark mark) {
        this.mark = mark;
    }

    /** Whether a query is one of ours; then it is not to be asked again. */
    boolean catches(Query query) {
        if (!mark.isOn(query)) {
            return false;
        }
        caught.increment();
        if (told.compareAndSet(false, true)) {
            log.warn(
                    "A question to a recursor came back to this server: a recursor, or somebody it asks, asks us. Such questions get SERVFAIL."
                            + " Name other recursors with --recursor");
        }
        return true;
    }

    /** How many came back, since the start. */
    public long caught() {
        return caught.sum();
    }
}
