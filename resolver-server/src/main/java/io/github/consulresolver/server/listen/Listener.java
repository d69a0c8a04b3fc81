package io.github.consulresolver.server.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One address that is listened on: a TCP socket, and a UDP socket an event loop.
 *
 * <p>The TCP socket comes first, and is the lock. The UDP sockets share their port ({@code SO_REUSEPORT}: the kernel spreads clients over
 * them), and would share it with another server of the same user, too, each getting a part of the queries; the TCP socket shares with
 * nobody.
 */
final class Listener {
    /** Connections that nobody has accepted yet. */
    private static final int BACKLOG = 1024;

    /** How long sockets may take to close. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final InetSocketAddress address;
    private final Channel tcp;
    private final DatagramSockets udp;
    private final EventLoops loops;
    private final ConnectionLimit limit;

    private Listener(
            InetSocketAddress address, Channel tcp, DatagramSockets udp, EventLoops loops, ConnectionLimit limit) {
        this.address = address;
        this.tcp = tcp;
        this.udp = udp;
        this.loops = loops;
        this.limit = limit;
    }

    /** Opens the UDP sockets of an address that TCP has already. */
    interface Datagrams {
        DatagramSockets open(InetSocketAddress address) throws IOException;
    }

    /**
     * Opens all sockets of an address, or none.
     *
     * @param address not a wildcard; port 0 is any port that is free for both
     * @throws IOException when the system does not let us: its words
     */
    static Listener open(
            InetSocketAddress address,
            EventLoops loops,
            Function<EventLoop, QueryHandler> handlers,
            AccessRule access,
            ConnectionLimit limit,
            Duration idleTimeout,
            Datagrams datagrams)
            throws IOException {
        // The system finds a port that is free for TCP; another program may use it for UDP.
        int attempts = address.getPort() == 0 ? 20 : 1;
        while (true) {
            try {
                return tryToOpen(address, loops, handlers, access, limit, idleTimeout, datagrams);
            } catch (IOException e) {
                if (--attempts == 0) {
                    throw e;
                }
            }
        }
    }

    private static Listener tryToOpen(
            InetSocketAddress address,
            EventLoops loops,
            Function<EventLoop, QueryHandler> handlers,
            AccessRule access,
            ConnectionLimit limit,
            Duration idleTimeout,
            Datagrams datagrams)
            throws IOException {
        ServerSocketChannel tcp = loops.newServerSocket(address.getAddress());
        tcp.config().setReuseAddress(true).setBacklog(BACKLOG);
        tcp.pipeline().addLast(new TcpAcceptor(loops, handlers, access, limit, idleTimeout));
        await(loops.next().register(tcp));
        await(tcp.bind(address));
        InetSocketAddress bound = tcp.localAddress();
        try {
            return new Listener(bound, tcp, datagrams.open(bound), loops, limit);
        } catch (IOException e) {
            tcp.close().awaitUninterruptibly();
            throw e;
        }
    }

    private static void await(ChannelFuture done) throws IOException {
        done.awaitUninterruptibly();
        if (!done.isSuccess()) {
            done.channel().close();
            throw done.cause() instanceof IOException e ? e : new IOException(done.cause());
        }
    }

    /** Where it listens; the port is the real one. */
    InetSocketAddress address() {
        return address;
    }

    /** Lets nothing new in. The result is complete when every datagram that had come before has been read. */
    CompletableFuture<Void> refuseNew() {
        tcp.close();
        return udp.refuseNew();
    }

    /** Closes every socket; what was written before is sent. */
    void close() {
        tcp.close().awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        // A connection that has been accepted may still be on its way to another loop.
        loops.all().stream()
                .map(loop -> loop.submit(() -> {}))
                .forEach(passed -> passed.awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        udp.close();
        List<ChannelFuture> closing = limit.connections().stream()
                .map(connection -> ((TcpListener) connection).connection())
                .filter(connection -> tcp.equals(connection.parent()))
                .map(Channel::close)
                .toList();
        long start = System.nanoTime();
        closing.forEach(closed ->
                closed.awaitUninterruptibly(start + PATIENCE.toNanos() - System.nanoTime(), TimeUnit.NANOSECONDS));
    }
}
