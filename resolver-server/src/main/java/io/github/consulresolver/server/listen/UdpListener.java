package io.github.consulresolver.server.listen;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
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
    private long received;
    private boolean inBatch;

    UdpListener(QueryHandler handler, AccessRule access) {
        this.handler = handler;
        this.access = access;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.channel()
                .config()
                .setRecvByteBufAllocator(
                        new FixedRecvByteBufAllocator(DatagramSockets.BATCH * DatagramSockets.MAX_DATAGRAM));
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
                    write(channel, client, reply, size);
                    channel.flush();
                });
            }
        } finally {
            packet.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        inBatch = false;
        context.flush();
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

    private static void write(Channel channel, InetSocketAddress client, ByteBuffer reply, int length) {
        if (!channel.isWritable()) {
            channel.flush();
            if (!channel.isWritable()) {
                return;
            }
        }
        ByteBuf bytes = channel.alloc().directBuffer(length, length);
        bytes.writeBytes(reply.limit(length).position(0));
        reply.clear();
        channel.write(new DatagramPacket(bytes, client), channel.voidPromise());
    }
}
