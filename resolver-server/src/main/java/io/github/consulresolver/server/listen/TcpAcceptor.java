package io.github.consulresolver.server.listen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each connection that comes its loop and its {@link TcpListener}. In the place of Netty's {@code ServerBootstrap}, whose way of doing so is
 * dear where there is a connection for each query.
 */
final class TcpAcceptor extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TcpAcceptor.class);

    private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);

    /** Until others have closed some files. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EventLoops loops;
    private final Function<EventLoop, QueryHandler> handlers;
    private final AccessRule access;
    private final ConnectionLimit limit;
    private final Duration idleTimeout;

    TcpAcceptor(
            EventLoops loops,
            Function<EventLoop, QueryHandler> handlers,
            AccessRule access,
            ConnectionLimit limit,
            Duration idleTimeout) {
        this.loops = loops;
        this.handlers = handlers;
        this.access = access;
        this.limit = limit;
        this.idleTimeout = idleTimeout;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        SocketChannel connection = (SocketChannel) accepted;
        // Netty sets TCP_NODELAY itself; saying so again is a system call a connection.
        connection.config().setAllowHalfClosure(true).setWriteBufferWaterMark(BACKLOG);
        // Now it is one system call, when it is registered; later it would be another.
        connection.unsafe().beginRead();
        EventLoop loop = loops.next();
        connection.pipeline().addLast(new TcpListener(connection, handlers.apply(loop), access, limit, idleTimeout));
        loop.register(connection);
    }

    /** Out of file descriptors, for one: then the socket is always ready, and trying at once again would take all of the loop. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.warn("A TCP connection could not be accepted: {}", cause.getMessage());
        context.channel().config().setAutoRead(false);
        context.executor()
                .schedule(() -> context.channel().config().setAutoRead(true), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
