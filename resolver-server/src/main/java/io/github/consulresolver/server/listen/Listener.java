package io.github.consulresolver.server.listen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One address that is listened on: a TCP socket, and a UDP socket an event loop.
 *
 * <p>The TCP socket comes first, and is the lock. The UDP sockets share their port ({@code SO_REUSEPORT}: the kernel spreads clients over
 * them), and would share it with another server of the same user, too, each getting a part of the queries; the TCP socket shares with
 * nobody.
 */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private final InetSocketAddress address;
    private final Channel tcp;
    private final DatagramSockets udp;
    private final ChannelGroup connections;

    private Listener(InetSocketAddress address, Channel tcp, DatagramSockets udp, ChannelGroup connections) {
        this.address = address;
        this.tcp = tcp;
        this.udp = udp;
        this.connections = connections;
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
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        Channel tcp = await(new ServerBootstrap()
                .group(loops.group())
                .channelFactory(loops::newServerSocket)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                // Netty sets TCP_NODELAY itself; saying so again is a system call a connection.
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel connection) {
                        // Null when the client has gone already; then the end comes at once.
                        InetSocketAddress client = connection.remoteAddress();
                        QueryHandler handler = handlers.apply(connection.eventLoop());
                        TcpListener listener = new TcpListener(connection, handler, access, idleTimeout);
                        if (client == null || !limit.admits(listener, client.getAddress())) {
                            connection.close();
                            return;
                        }
                        connection.closeFuture().addListener(closed -> limit.gone(listener));
                        connections.add(connection);
                        connection.pipeline().addLast(listener);
                    }
                })
                .bind(address));
        tcp.pipeline().addLast(new AcceptFailures());
        InetSocketAddress bound = (InetSocketAddress) tcp.localAddress();
        try {
            return new Listener(bound, tcp, datagrams.open(bound), connections);
        } catch (IOException e) {
            tcp.close().awaitUninterruptibly();
            throw e;
        }
    }

    private static Channel await(ChannelFuture bound) throws IOException {
        bound.awaitUninterruptibly();
        if (bound.isSuccess()) {
            return bound.channel();
        }
        bound.channel().close();
        throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
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
        tcp.close();
        udp.close();
        connections.close().awaitUninterruptibly(100, TimeUnit.MILLISECONDS);
    }

    /** Says in a line what Netty says with its stack: out of file descriptors, for one. Netty accepts again after a second. */
    private static final class AcceptFailures extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("A TCP connection could not be accepted: {}", cause.getMessage());
        }
    }
}
