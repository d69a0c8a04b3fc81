package io.github.consulresolver.server.listen;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one TCP connection (RFC 7766): as many queries as come, each when its answer is known, whatever the order.
 *
 * <p>What a client can make us hold is bounded: a message's size, questions under way, replies it does not fetch (above either bound
 * nothing more is looked at, or read), and the time in which nothing whole comes from it. Bytes of a message that never ends do not
 * count as a sign of life.
 */
final class TcpListener extends ChannelInboundHandlerAdapter
        implements ConnectionLimit.Connection, ChannelFutureListener {
    private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);
    private static final int LENGTH_PREFIX = 2;

    /** A question, with every EDNS option there is, is below 1 KiB; whoever sends more sends something else. */
    private static final int MAX_QUERY = 4096;

    /** Questions of one connection under way at one time; the next are looked at when these are answered. */
    private static final int MOST_UNDER_WAY = 128;

    private final SocketChannel connection;
    private final QueryHandler handler;
    private final AccessRule access;
    private final ConnectionLimit limit;
    private final long idleNanos;

    /** What was read and not yet looked at. */
    private @Nullable ByteBuf unread;

    private int prefixBytes;
    private int length;

    /** What has come of a message that did not come in one piece. */
    private @Nullable ByteBuffer parts;

    private long now;
    private int underWay;
    private boolean inputEnded;
    private boolean proceeding;
    private volatile boolean asking;
    private volatile long lastSign;
    private @Nullable Future<?> idleCheck;

    TcpListener(
            SocketChannel connection,
            QueryHandler handler,
            AccessRule access,
            ConnectionLimit limit,
            Duration idleTimeout) {
        this.connection = connection;
        this.handler = handler;
        this.access = access;
        this.limit = limit;
        idleNanos = idleTimeout.toNanos();
    }

    @Override
    public boolean isIdle() {
        return !asking;
    }

    @Override
    public long lastSign() {
        return lastSign;
    }

    @Override
    public void end() {
        connection.close();
    }

    SocketChannel connection() {
        return connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        lastSign = System.nanoTime();
        // Null when the client has gone already; then the end comes at once.
        InetSocketAddress client = connection.remoteAddress();
        if (client == null || !limit.admits(this, client.getAddress())) {
            context.close();
            return;
        }
        connection.closeFuture().addListener(this);
    }

    @Override
    public void operationComplete(ChannelFuture closed) {
        limit.gone(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        checkIdleIn(context, idleNanos);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (idleCheck != null) {
            idleCheck.cancel(false);
        }
        releaseUnread();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf bytes = (ByteBuf) read;
        unread = unread == null ? bytes : Unpooled.wrappedBuffer(unread, bytes);
        proceed(context.channel());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        proceed(context.channel());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            proceed(context.channel());
        }
    }

    /** Looks at what was read, then reads on, or waits, or ends, whatever it is time for. */
    private void proceed(Channel channel) {
        if (proceeding) {
            // Writing and flushing report that the backlog has grown or shrunk while we are at it.
            return;
        }
        proceeding = true;
        try {
            do {
                lookAtUnread(channel);
                channel.flush();
            } while (unread != null && mayLook(channel));
        } finally {
            proceeding = false;
        }
        if (!channel.isOpen()) {
            releaseUnread();
        } else if (inputEnded && underWay == 0 && unread == null) {
            // Closes once everything written is sent.
            channel.writeAndFlush(channel.alloc().buffer(0)).addListener(sent -> channel.close());
        } else {
            channel.config().setAutoRead(mayLook(channel));
        }
    }

    private boolean mayLook(Channel channel) {
        return channel.isOpen() && channel.isWritable() && underWay < MOST_UNDER_WAY;
    }

    private void lookAtUnread(Channel channel) {
        ByteBuf bytes = unread;
        if (bytes != null) {
            now = System.nanoTime();
            handler.tick();
        }
        while (bytes != null && bytes.isReadable() && mayLook(channel)) {
            if (prefixBytes < LENGTH_PREFIX) {
                length = length << 8 | bytes.readUnsignedByte();
                prefixBytes++;
                if (prefixBytes == LENGTH_PREFIX && length > MAX_QUERY) {
                    channel.close();
                    return;
                }
            }
            ByteBuffer message = prefixBytes == LENGTH_PREFIX ? nextMessage(bytes) : null;
            if (message != null) {
                answer(channel, message);
                prefixBytes = 0;
                length = 0;
            }
        }
        if (bytes != null && !bytes.isReadable()) {
            releaseUnread();
        }
    }

    /** Takes the message of {@link #length} bytes, from the buffer's position on, once all of it has come; null before. */
    private @Nullable ByteBuffer nextMessage(ByteBuf bytes) {
        if (parts == null && bytes.readableBytes() >= length && bytes.nioBufferCount() == 1) {
            ByteBuffer inPlace = bytes.internalNioBuffer(bytes.readerIndex(), length);
            bytes.skipBytes(length);
            return inPlace;
        }
        ByteBuffer message = parts == null ? ByteBuffer.allocate(length) : parts;
        int part = Math.min(bytes.readableBytes(), message.remaining());
        bytes.readBytes(message.limit(message.position() + part));
        boolean whole = message.limit(length).position() == length;
        parts = whole ? null : message;
        return whole ? message.flip() : null;
    }

    private void releaseUnread() {
        if (unread != null) {
            unread.release();
            unread = null;
        }
    }

    private void answer(Channel channel, ByteBuffer message) {
        lastSign = now;
        int start = message.position();
        InetSocketAddress client = connection.remoteAddress();
        boolean allowed = access.allows(client.getAddress());
        int size = handler.handle(message, start, length, Protocol.TCP, allowed);
        ClientKey key = size == QueryHandler.LATER ? ClientKey.of(client) : null;
        if (key != null) {
            size = handler.turnAway(key, Protocol.TCP);
        }
        if (size > 0) {
            write(channel, handler.reply(), size);
        } else if (key != null) {
            underWay++;
            asking = true;
            ByteBuffer copy = ByteBuffer.allocate(length).put(0, message, start, length);
            handler.answerLater(copy, key, Protocol.TCP, (reply, late) -> {
                underWay--;
                lastSign = System.nanoTime();
                asking = underWay > 0;
                if (channel.isActive()) {
                    write(channel, reply, late);
                    proceed(channel);
                }
            });
        } else {
            // What cannot be answered on a connection ends it: nobody can tell what would follow.
            channel.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.debug("A connection is ended", cause);
        }
        context.close();
    }

    private void checkIdleIn(ChannelHandlerContext context, long nanos) {
        idleCheck = context.executor().schedule(() -> checkIdle(context), nanos, TimeUnit.NANOSECONDS);
    }

    private void checkIdle(ChannelHandlerContext context) {
        long left = idleNanos - (System.nanoTime() - lastSign);
        if (underWay > 0) {
            checkIdleIn(context, idleNanos);
        } else if (left <= 0) {
            context.close();
        } else {
            checkIdleIn(context, left);
        }
    }

    private static void write(Channel channel, ByteBuffer reply, int size) {
        ByteBuf bytes = channel.alloc().directBuffer(LENGTH_PREFIX + size, LENGTH_PREFIX + size);
        bytes.writeShort(size).writeBytes(reply.limit(size).position(0));
        reply.clear();
        channel.write(bytes, channel.voidPromise());
    }
}
