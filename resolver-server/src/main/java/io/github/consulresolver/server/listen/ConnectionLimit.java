package io.github.consulresolver.server.listen;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many TCP connections there may be, over all listen addresses: of one client (an address), and of all. Thread-safe. */
public final class ConnectionLimit {
    private final int most;
    private final int mostOfClient;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentMap<InetAddress, Integer> clients = new ConcurrentHashMap<>();
    private final LongAdder refused = new LongAdder();

    /**
     * @param most connections at one time, at least 1
     * @param mostOfClient connections from one address at one time, at least 1
     */
    public ConnectionLimit(int most, int mostOfClient) {
        this.most = most;
        this.mostOfClient = mostOfClient;
    }

    /** Counts a new connection until it is closed, unless there are too many. */
    boolean admits(Channel connection) {
        // Null when the client has gone already; then the end comes at once.
        InetSocketAddress remote = (InetSocketAddress) connection.remoteAddress();
        InetAddress client = remote == null ? InetAddress.getLoopbackAddress() : remote.getAddress();
        boolean tooMany = open.incrementAndGet() > most;
        tooMany |= clients.merge(client, 1, Integer::sum) > mostOfClient;
        if (tooMany) {
            release(client);
            refused.increment();
            return false;
        }
        connection.closeFuture().addListener(closed -> release(client));
        return true;
    }

    private void release(InetAddress client) {
        open.decrementAndGet();
        clients.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
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
