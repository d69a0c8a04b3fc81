package io.github.consulresolver.server.listen;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers datagrams. Those that came in one batch are answered in one batch: replies are sent when the batch has been read.
 *
 * <p>When a client does not fetch its replies and the socket's buffer is full, replies are dropped, as UDP may, before they fill the
 * heap.
 */
final class UdpListener extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(UdpListener.class);

    private final QueryHandler handler;
    private final AccessRule access;
    private @Nullable BatchBuffer batch;
    private @Nullable ReplyBuffers replies;
    private long received;
    private boolean inBatch;

    UdpListener(QueryHandler handler, AccessRule access) {
        this.handler = handler;
        this.access = access;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        batch = new BatchBuffer(context.alloc(), DatagramSockets.BATCH * DatagramSockets.MAX_DATAGRAM);
        context.channel().config().setRecvByteBufAllocator(batch);
        replies = new ReplyBuffers(context.alloc());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        Objects.requireNonNull(batch).release();
        Objects.requireNonNull(replies).release();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        received++;
        if (!inBatch) {
            inBatch = true;
            handler.tick();
        }
        DatagramPacket packet = (DatagramPacket) message;
        try {
            ByteBuf content = packet.content();
            InetSocketAddress client = packet.sender();
            // Port 0 cannot be answered; it is a forger's, or an echo's.
            if (!content.isReadable() || client.getPort() == 0) {
                return;
            }
            ByteBuffer bytes = content.internalNioBuffer(content.readerIndex(), content.readableBytes());
            boolean allowed = access.allows(client.getAddress());
            int length = handler.handle(bytes, bytes.position(), bytes.remaining(), Protocol.UDP, allowed);
            ClientKey key = length == QueryHandler.LATER ? ClientKey.of(client) : null;
            if (key != null) {
                length = handler.turnAway(key, Protocol.UDP);
            }
            if (length > 0) {
                write(context.channel(), client, handler.reply(), length);
            } else if (key != null) {
                ByteBuffer copy = ByteBuffer.allocate(content.readableBytes());
                content.getBytes(content.readerIndex(), copy);
                Channel channel = context.channel();
                handler.answerLater(copy, key, Protocol.UDP, (reply, size) -> {
                    if (channel.isOpen()) {
                        write(channel, client, reply, size);
                        flush(channel);
                    }
                });
            }
        } finally {
            packet.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        inBatch = false;
        flush(context.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that is gone answers with an ICMP error, which says nothing about this socket.
        if (!(cause instanceof IOException)) {
            LOG.debug("A datagram was not answered", cause);
        }
    }

    /** How many datagrams came, since the start. Read on the event loop. */
    long received() {
        return received;
    }

    private void flush(Channel channel) {
        channel.flush();
        buffers().sent();
    }

    private ReplyBuffers buffers() {
        return Objects.requireNonNull(replies, "not added to a channel");
    }

    private void write(Channel channel, InetSocketAddress client, ByteBuffer reply, int length) {
        if (!channel.isWritable()) {
            flush(channel);
            if (!channel.isWritable()) {
                return;
            }
        }
        ByteBuf bytes = buffers().take(length);
        bytes.writeBytes(reply.limit(length).position(0));
        reply.clear();
        channel.write(new DatagramPacket(bytes, client), channel.voidPromise());
    }
}
