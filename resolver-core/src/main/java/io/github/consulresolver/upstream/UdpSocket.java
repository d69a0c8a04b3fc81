package io.github.consulresolver.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;

/**
 * A UDP socket to one server. It is connected, so the kernel passes on what comes from the server's address and port only, and tells when
 * nothing listens there. Its own port is drawn by the kernel.
 */
abstract class UdpSocket extends ChannelInboundHandlerAdapter implements Exchange.Carrier {
    /** Old agents add the OPT record after they cut to the size advertised. What does not fit the buffer is lost. */
    private static final int SLACK = 512;

    private final DatagramChannel channel;
    private boolean flushing;

    UdpSocket(Transport transport) {
        channel = transport.datagrams().newChannel();
    }

    /** Opens it. What goes wrong is told to {@link #broke}. */
    final void open(EventLoop loop, InetSocketAddress server, int largestReply) {
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(largestReply + SLACK));
        channel.pipeline().addLast(this);
        loop.register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                broke(words(registered.cause()));
            }
        });
        channel.connect(server).addListener(connected -> {
            if (!connected.isSuccess()) {
                broke(words(connected.cause()));
            }
        });
    }

    final void write(byte[] message) {
        ByteBuf buffer = channel.alloc().ioBuffer(message.length).writeBytes(message);
        channel.write(buffer).addListener((ChannelFutureListener) sent -> {
            if (!sent.isSuccess()) {
                broke(words(sent.cause()));
            }
        });
    }

    /** Sends what was written. */
    final void flush() {
        flushing = false;
        channel.flush();
    }

    /** Sends it when the loop is done with what it has to do now: what is written until then goes out in one call. */
    final void flushSoon() {
        if (!flushing) {
            flushing = true;
            channel.eventLoop().execute(this::flush);
        }
    }

    /** Takes a datagram. */
    abstract void received(byte[] bytes);

    /** The socket can be used no more. May be told more than once. */
    abstract void broke(String what);

    final void close() {
        channel.close();
    }

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        try {
            received(ByteBufUtil.getBytes(packet.content()));
        } finally {
            packet.release();
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        broke(words(cause));
    }

    @Override
    public final void channelInactive(ChannelHandlerContext context) {
        broke("the socket was closed");
    }

    /** The JDK has no message for this one. */
    static String words(Throwable cause) {
        if (cause instanceof PortUnreachableException) {
            return "nothing listens there";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
