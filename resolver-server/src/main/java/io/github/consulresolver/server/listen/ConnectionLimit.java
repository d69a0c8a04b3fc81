package io.github.consulresolver.server.listen;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many TCP connections there may be, over all listen addresses: of one client (an address), and of all. Where there are as many, the
 * one that has been idle for longest makes room for the next (RFC 7766 section 6.2.3): it is of no use to anybody, and the next has
 * come to ask. Where none is idle, the next is not let in. Thread-safe.
 */
public final class ConnectionLimit {
    /** A connection that may have to make room. Asked by any thread. */
    interface Connection {
        /** Whether no question of it is under way. */
        boolean isIdle();

        /** When it was last used, in the nanoseconds of {@link System#nanoTime}. */
        long lastSign();

        /** Ends it. It is no longer counted. */
        void end();
    }

    private final int most;
    private final int mostOfClient;
    /** Those that are open, and whose they are; the oldest first. */
    private final Map<Connection, InetAddress> open = new LinkedHashMap<>();

    private final Map<InetAddress, Integer> clients = new HashMap<>();
    private final LongAdder replaced = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /**
     * @param most connections at one time, at least 1
     * @param mostOfClient connections from one address at one time, at least 1
     */
    public ConnectionLimit(int most, int mostOfClient) {
        this.most = most;
        this.mostOfClient = mostOfClient;
    }

    /** Counts a new connection until it is {@linkplain #gone gone}, unless there are too many and none can make room. */
    synchronized boolean admits(Connection connection, InetAddress client) {
        boolean manyOfClient = clients.getOrDefault(client, 0) >= mostOfClient;
        if (manyOfClient || open.size() >= most) {
            // Who has his share makes room for himself.
            Connection idle = longestIdle(manyOfClient ? client : null);
            if (idle == null) {
                refused.increment();
                return false;
            }
            gone(idle);
            replaced.increment();
            idle.end();
        }
        open.put(connection, client);
        clients.merge(client, 1, Integer::sum);
        return true;
    }

    private @Nullable Connection longestIdle(@Nullable InetAddress client) {
        Connection longest = null;
        for (Map.Entry<Connection, InetAddress> entry : open.entrySet()) {
            Connection one = entry.getKey();
            boolean candidate = (client == null || client.equals(entry.getValue())) && one.isIdle();
            if (candidate && (longest == null || one.lastSign() - longest.lastSign() < 0)) {
                longest = one;
            }
        }
        return longest;
    }

    /** To be told when a connection has ended, however; more than once is no matter. */
    synchronized void gone(Connection connection) {
        InetAddress client = open.remove(connection);
        if (client != null) {
            clients.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Those there are, the oldest first. */
    synchronized List<Connection> connections() {
        return List.copyOf(open.keySet());
    }

    /** How many connections there are. */
    public synchronized int open() {
        return open.size();
    }

    /** How many were ended to make room for others, since the start. */
    public long replaced() {
        return replaced.sum();
    }

    /** How many were closed at once because there were too many, none of them idle, since the start. */
    public long refused() {
        return refused.sum();
    }
}
