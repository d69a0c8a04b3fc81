package io.github.consulresolver.server.listen;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Netty's sockets, one an event loop; one in all where there is no epoll. The JDK's own sockets throw away what is queued when they are
 * connected, and then send to nobody else: when those go, they are read until nothing comes.
 */
final class NettyDatagrams implements DatagramSockets {
    private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(1 << 20, 4 << 20);

    /** Between two looks at whether a socket still has something to read: an event loop's turn is far shorter. */
    private static final Duration LOOK = Duration.ofMillis(5);

    private final Map<Channel, UdpListener> sockets = new LinkedHashMap<>();
    private final boolean epoll;

    private NettyDatagrams(boolean epoll) {
        this.epoll = epoll;
    }

    /**
     * Opens all sockets of an address, or none.
     *
     * @throws IOException when the system does not let us: its words
     */
    static NettyDatagrams open(
            InetSocketAddress address, EventLoops loops, Function<EventLoop, QueryHandler> handlers, AccessRule access)
            throws IOException {
        NettyDatagrams opened = new NettyDatagrams(loops.isEpoll());
        for (EventLoop loop : loops.isEpoll() ? loops.all() : loops.all().subList(0, 1)) {
            UdpListener listener = new UdpListener(handlers.apply(loop), access);
            ChannelFuture bound = bootstrap(loops.isEpoll())
                    .group(loop)
                    .channelFactory(() -> loops.newDatagramSocket(address.getAddress()))
                    .handler(listener)
                    .bind(address)
                    .awaitUninterruptibly();
            opened.sockets.put(bound.channel(), listener);
            if (!bound.isSuccess()) {
                opened.close();
                throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
            }
        }
        return opened;
    }

    private static Bootstrap bootstrap(boolean epoll) {
        Bootstrap bootstrap = new Bootstrap()
                .option(ChannelOption.SO_RCVBUF, BUFFER)
                .option(ChannelOption.SO_SNDBUF, BUFFER)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG);
        return epoll
                ? bootstrap
                        .option(UnixChannelOption.SO_REUSEPORT, true)
                        .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM)
                : bootstrap;
    }

    @Override
    public CompletableFuture<Void> refuseNew() {
        return CompletableFuture.allOf(sockets.entrySet().stream()
                .map(socket -> refuseNew(socket.getKey(), socket.getValue()))
                .toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<Void> refuseNew(Channel socket, UdpListener listener) {
        CompletableFuture<Void> empty = new CompletableFuture<>();
        if (epoll) {
            socket.connect(socket.localAddress()).addListener(connected -> look(socket, listener, -1, empty));
        } else {
            socket.eventLoop().execute(() -> look(socket, listener, -1, empty));
        }
        return empty;
    }

    /** Complete once nothing was read between two looks: in between, the loop has asked the kernel for what there is. */
    private static void look(Channel socket, UdpListener listener, long before, CompletableFuture<Void> empty) {
        long received = listener.received();
        if (received == before) {
            empty.complete(null);
            return;
        }
        socket.eventLoop()
                .schedule(() -> look(socket, listener, received, empty), LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        sockets.keySet().forEach(socket -> socket.close().awaitUninterruptibly());
    }
}
