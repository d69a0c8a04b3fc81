package io.github.consulresolver.server.listen;

import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many TCP connections there may be, over all addresses. Thread-safe. */
public final class ConnectionLimit {
    private final int most;
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    /** @param most connections at one time, at least 1 */
    public ConnectionLimit(int most) {
        this.most = most;
    }

    /** Counts a new connection until it is closed, unless there are too many. */
    boolean admits(Channel connection) {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            refused.increment();
            return false;
        }
        connection.closeFuture().addListener(closed -> open.decrementAndGet());
        return true;
    }

    /** How many connections there are. */
    public int open() {
        return open.get();
    }

    /** How many were closed at once because there were too many, since the start. */
    public long refused() {
        return refused.sum();
    }
}
