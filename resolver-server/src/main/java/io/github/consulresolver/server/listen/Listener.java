package io.github.consulresolver.server.listen;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 *
 * <p><b>Going.</b> A socket that is closed takes the queries with it that nobody has read yet. So a UDP socket is first connected,
 * to its own address, from where nothing comes: from then on the kernel refuses others' datagrams (they get an ICMP error, as from
 * a closed port), while what is queued already can still be read, and answered. It is closed when nothing is left to read. The JDK's
 * own sockets throw away what is queued when they are connected, and then send to nobody else: they are read until nothing comes.
 */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    /** The kernel grants what {@code net.core.rmem_max} allows. */
    private static final int SOCKET_BUFFER = 4 << 20;

    private static final WriteBufferWaterMark UDP_BACKLOG = new WriteBufferWaterMark(1 << 20, 4 << 20);
    private static final WriteBufferWaterMark TCP_BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);

    /** Between two looks at whether a socket still has something to read: an event loop's turn is far shorter. */
    private static final Duration LOOK = Duration.ofMillis(5);

    private final InetSocketAddress address;
    private final Channel tcp;
    private final Map<Channel, UdpListener> udp;
    private final ChannelGroup connections;
    private final boolean epoll;

    private Listener(
            InetSocketAddress address,
            Channel tcp,
            Map<Channel, UdpListener> udp,
            ChannelGroup connections,
            boolean epoll) {
        this.address = address;
        this.tcp = tcp;
        this.udp = udp;
        this.connections = connections;
        this.epoll = epoll;
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
            Duration idleTimeout)
            throws IOException {
        // The system finds a port that is free for TCP; another program may use it for UDP.
        int attempts = address.getPort() == 0 ? 20 : 1;
        while (true) {
            try {
                return tryToOpen(address, loops, handlers, access, limit, idleTimeout);
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
            Duration idleTimeout)
            throws IOException {
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        List<Channel> opened = new ArrayList<>();
        try {
            Channel tcp = await(new ServerBootstrap()
                    .group(loops.group())
                    .channelFactory(loops::newServerSocket)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .option(ChannelOption.SO_BACKLOG, 1024)
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TCP_BACKLOG)
                    .childHandler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel connection) {
                            if (!limit.admits(connection)) {
                                connection.close();
                                return;
                            }
                            connections.add(connection);
                            QueryHandler handler = handlers.apply(connection.eventLoop());
                            connection.pipeline().addLast(new TcpListener(handler, access, idleTimeout));
                        }
                    })
                    .bind(address));
            opened.add(tcp);
            tcp.pipeline().addLast(new AcceptFailures());
            InetSocketAddress bound = (InetSocketAddress) tcp.localAddress();
            Map<Channel, UdpListener> udp = new LinkedHashMap<>();
            for (EventLoop loop : loops.isEpoll() ? loops.all() : loops.all().subList(0, 1)) {
                UdpListener listener = new UdpListener(handlers.apply(loop), access);
                Channel channel = await(
                        datagrams(loops.isEpoll()).group(loop).handler(listener).bind(bound));
                opened.add(channel);
                udp.put(channel, listener);
            }
            return new Listener(bound, tcp, udp, connections, loops.isEpoll());
        } catch (IOException e) {
            opened.forEach(channel -> channel.close().awaitUninterruptibly());
            throw e;
        }
    }

    private static Bootstrap datagrams(boolean epoll) {
        Bootstrap bootstrap = new Bootstrap()
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
                .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, UDP_BACKLOG);
        return epoll
                ? bootstrap
                        .channel(EpollDatagramChannel.class)
                        .option(UnixChannelOption.SO_REUSEPORT, true)
                        .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, UdpListener.MAX_DATAGRAM)
                : bootstrap.channel(NioDatagramChannel.class);
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
        List<CompletableFuture<Void>> drained = new ArrayList<>();
        udp.forEach((channel, listener) -> {
            CompletableFuture<Void> empty = new CompletableFuture<>();
            drained.add(empty);
            if (epoll) {
                channel.connect(channel.localAddress()).addListener(connected -> look(channel, listener, -1, empty));
            } else {
                channel.eventLoop().execute(() -> look(channel, listener, -1, empty));
            }
        });
        return CompletableFuture.allOf(drained.toArray(new CompletableFuture<?>[0]));
    }

    /** Complete once nothing was read between two looks: in between, the loop has asked the kernel for what there is. */
    private static void look(Channel channel, UdpListener listener, long before, CompletableFuture<Void> empty) {
        long received = listener.received();
        if (received == before) {
            empty.complete(null);
            return;
        }
        channel.eventLoop()
                .schedule(() -> look(channel, listener, received, empty), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Closes every socket; what was written before is sent. */
    void close() {
        tcp.close();
        udp.keySet().forEach(Channel::close);
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
