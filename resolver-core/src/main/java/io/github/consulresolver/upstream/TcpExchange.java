package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/** Over TCP, where each message has its length in front (RFC 7766 section 8). */
final class TcpExchange extends Exchange {
    private static final int LENGTH_PREFIX = 2;

    private byte[] reply = new byte[0];
    private int received = -LENGTH_PREFIX;
    private int length;

    TcpExchange(InetSocketAddress server, SentQuery query, UpstreamListener listener) {
        super(server, query, listener);
    }

    @Override
    Channel open(Transport transport, EventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channelFactory(transport.streams())
                // None of its own: the exchange has one, and two that end together make the reason a matter of luck.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(this)
                .connect(server)
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        fail(Reason.UNREACHABLE, words(connected.cause()));
                        return;
                    }
                    byte[] message = query.message();
                    ByteBuf frame = Unpooled.buffer(LENGTH_PREFIX + message.length);
                    frame.writeShort(message.length).writeBytes(message);
                    send(connected.channel(), frame);
                })
                .channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            while (received < 0 && bytes.isReadable()) {
                length = length << 8 | bytes.readUnsignedByte();
                received++;
                if (received == 0) {
                    reply = new byte[length];
                }
            }
            int part = Math.min(bytes.readableBytes(), reply.length - Math.max(0, received));
            if (part > 0) {
                bytes.readBytes(reply, received, part);
                received += part;
            }
        } finally {
            bytes.release();
        }
        if (received < 0 || received < length) {
            return;
        }
        received(reply, Protocol.TCP);
    }

    @Override
    void strangerCame() {
        fail(Reason.MISMATCHED, "the reply answers something else");
    }

    /** Somebody was there, and has hung up. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Reason.CLOSED, words(cause));
    }
}
