package io.github.consulresolver.server.listen;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP socket and the thread that answers what comes in by it.
 *
 * <p>The thread waits in {@code recvmmsg}, which returns with all that has come, up to a batch; it answers each query that it can answer at
 * once, and gives all replies to {@code sendmmsg}. Headers and addresses are laid out once, and a reply goes out with the address its query
 * came in with, where the kernel wrote it: nothing is allocated. So a query costs what the kernel takes for it, two system calls shared by a
 * batch, and our look into the cache.
 *
 * <p>What is not in the cache is handed to an event loop, with a copy of the query and of the address; the reply is sent from there.
 */
final class NativeSocket {
    private static final Logger LOG = LoggerFactory.getLogger(NativeSocket.class);

    /** Clients that take larger ones are few, and theirs are sent alone. */
    private static final int BATCHED_REPLY = 4096;

    /** Nanoseconds: a failure that stays shall not take the core. */
    private static final long AFTER_FAILURE = 100_000;

    /** Nanoseconds between the two looks that find nothing more to read at the end. */
    private static final long LAST_LOOK = 5_000_000;

    private final int fd;
    private final MemorySegment own;
    private final QueryHandler hits;
    private final QueryBatch batch;
    private final EventLoop loop;
    private final QueryHandler misses;
    private final AccessRule access;
    /** Asked once: no rule tells loopback addresses apart, and most clients have one. */
    private final boolean loopbackMayAsk;

    private final Thread thread;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = Libc.newState(arena);
    private final MessageBatch queries;
    private final MessageBatch replies;
    private final ByteBuffer large;
    private volatile boolean ending;
    private boolean closed;

    NativeSocket(InetSocketAddress address, QueryHandler hits, EventLoop loop, QueryHandler misses, AccessRule access)
            throws IOException {
        this.hits = hits;
        large = hits.reply();
        batch = new QueryBatch(hits, DatagramSockets.BATCH);
        this.loop = loop;
        this.misses = misses;
        this.access = access;
        loopbackMayAsk = access.allows(InetAddress.getLoopbackAddress());
        own = SocketAddresses.of(address, arena);
        queries = new MessageBatch(DatagramSockets.BATCH, DatagramSockets.MAX_DATAGRAM, own.byteSize(), arena);
        replies = new MessageBatch(DatagramSockets.BATCH, BATCHED_REPLY, own.byteSize(), arena);
        boolean v6 = own.byteSize() > 16;
        fd = Libc.socket(state, v6 ? Libc.AF_INET6 : Libc.AF_INET);
        thread = new Thread(this::run, "dns-" + address.getAddress().getHostAddress() + "-" + fd);
        try {
            Libc.setOption(state, fd, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
            Libc.setOption(state, fd, Libc.SOL_SOCKET, Libc.SO_RCVBUF, DatagramSockets.BUFFER);
            Libc.setOption(state, fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF, DatagramSockets.BUFFER);
            if (v6) {
                Libc.setOption(state, fd, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, 1);
            }
            Libc.bind(state, fd, own);
        } catch (IOException e) {
            release();
            throw e;
        }
    }

    private void release() {
        Libc.close(state, fd);
        arena.close();
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        boolean empty = false;
        while (true) {
            int flags = ending ? Libc.MSG_DONTWAIT : Libc.MSG_WAITFORONE;
            int received = Libc.receive(state, fd, queries.headers(0), DatagramSockets.BATCH, flags);
            if (received >= 0) {
                empty = false;
                answer(received);
                continue;
            }
            int errno = Libc.errno(state);
            if (ending && errno == Libc.EAGAIN) {
                if (empty) {
                    drained.complete(null);
                    return;
                }
                // The kernel may be about to queue what was sent in the last moment.
                empty = true;
                LockSupport.parkNanos(LAST_LOOK);
                continue;
            }
            // A client that is gone sends an ICMP error, which says nothing of this socket; and want of memory passes.
            if (errno != Libc.EINTR && errno != Libc.EAGAIN) {
                LOG.debug("Receiving: {}", Libc.failure("recvmmsg", errno).getMessage());
                LockSupport.parkNanos(AFTER_FAILURE);
            }
        }
    }

    private void answer(int received) {
        batch.begin();
        for (int i = 0; i < received; i++) {
            read(queries.buffer(i), queries.length(i));
        }
        batch.lookUp();
        int answered = 0;
        for (int i = 0; i < received; i++) {
            MemorySegment client = queries.address(i);
            boolean alone = batch.udpSize(i) > replies.size();
            hits.writeTo(alone ? large : replies.buffer(answered));
            int reply = SocketAddresses.hasPort(client) ? answer(i, client) : QueryHandler.NOTHING;
            ClientKey key = reply == QueryHandler.LATER ? SocketAddresses.clientKey(client) : null;
            if (key != null) {
                reply = batch.turnAway(i, key);
            }
            if (reply > 0 && alone) {
                send(large, reply, client, state);
            } else if (reply > 0) {
                replies.address(answered++, reply, queries, i);
            } else if (key != null) {
                answerLater(queries.buffer(i), queries.length(i), client, key);
            }
        }
        flush(answered);
    }

    private void read(ByteBuffer query, int length) {
        try {
            batch.read(query, length);
        } catch (RuntimeException defect) {
            LOG.debug("A datagram was not read", defect);
        }
    }

    private int answer(int i, MemorySegment client) {
        try {
            boolean allowed = SocketAddresses.isLoopback(client)
                    ? loopbackMayAsk
                    : access.allows(SocketAddresses.inetAddress(client));
            return batch.answer(i, allowed);
        } catch (RuntimeException defect) {
            LOG.debug("A datagram was not answered", defect);
            return QueryHandler.NOTHING;
        }
    }

    /** What the kernel does not take at once waits until it does: that is a matter of microseconds, on loopback of none. */
    private void flush(int count) {
        int sent = 0;
        while (sent < count) {
            int now = Libc.send(state, fd, replies.headers(sent), count - sent, 0);
            // A reply that cannot be sent (its client is gone) is stepped over.
            sent += Math.max(1, now);
        }
    }

    private void answerLater(ByteBuffer query, int length, MemorySegment client, ClientKey key) {
        ByteBuffer copy = ByteBuffer.allocate(length).put(0, query, 0, length);
        byte[] address = client.toArray(JAVA_BYTE);
        try {
            loop.execute(
                    () -> misses.answerLater(copy, key, Protocol.UDP, (reply, size) -> sendLate(reply, size, address)));
        } catch (RejectedExecutionException ended) {
            LOG.debug("A query came when the event loops had ended");
        }
    }

    private synchronized void sendLate(ByteBuffer reply, int length, byte[] address) {
        if (closed) {
            return;
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment client = call.allocate(address.length, 8);
            MemorySegment.copy(address, 0, client, JAVA_BYTE, 0, address.length);
            send(reply, length, client, Libc.newState(call));
        }
    }

    private void send(ByteBuffer reply, int length, MemorySegment client, MemorySegment state) {
        MemorySegment bytes = MemorySegment.ofBuffer(reply.limit(length).position(0));
        Libc.sendTo(state, fd, bytes, Libc.MSG_DONTWAIT, client);
        reply.clear();
    }

    CompletableFuture<Void> refuseNew() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment callState = Libc.newState(call);
            // In this order: a thread that knew of the end before nothing new came in would leave the last queries
            // unread.
            Libc.connect(callState, fd, own);
            ending = true;
            // Wakes the thread. What is queued can still be read.
            Libc.shutdown(callState, fd, Libc.SHUT_RD);
        } catch (IOException e) {
            drained.completeExceptionally(e);
        }
        return drained;
    }

    synchronized void close() {
        if (!closed) {
            closed = true;
            if (!ending && thread.isAlive()) {
                refuseNew();
            }
            try {
                // A number that is closed may be another socket's in the next moment.
                thread.join(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!thread.isAlive()) {
                release();
            }
        }
    }
}
