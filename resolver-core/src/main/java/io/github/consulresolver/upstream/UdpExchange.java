package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/**
 * Over UDP. The socket is connected, so the kernel passes on what comes from the server's address and port only, and tells when
 * nothing listens there.
 */
final class UdpExchange extends Exchange {
    /** So many wrong replies are no accident: somebody guesses. The question is better asked where he cannot. */
    private static final int MOST_MISMATCHES = 20;

    /** Old agents add the OPT record after they cut to the size advertised. What does not fit the buffer is lost. */
    private static final int SLACK = 512;

    private final int udpSize;
    private int mismatches;

    UdpExchange(InetSocketAddress server, SentQuery query, int udpSize, UpstreamListener listener) {
        super(server, query, listener);
        this.udpSize = udpSize;
    }

    @Override
    Channel open(Transport transport, EventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channelFactory(transport.datagrams())
                .handler(this)
                .connect(server)
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        fail(Reason.UNREACHABLE, words(connected.cause()));
                        return;
                    }
                    send(connected.channel(), Unpooled.wrappedBuffer(query.message()));
                })
                .channel();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.channel().config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(udpSize + SLACK));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        try {
            received(ByteBufUtil.getBytes(packet.content()), Protocol.UDP);
        } finally {
            packet.release();
        }
    }

    /** It may be a forger's, so the answer may still come. */
    @Override
    void strangerCame() {
        if (++mismatches == MOST_MISMATCHES) {
            fail(Reason.MISMATCHED, MOST_MISMATCHES + " replies to something else");
        }
    }
}
