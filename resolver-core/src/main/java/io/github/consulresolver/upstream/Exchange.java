package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One query, one socket, one reply or one failure. The socket is closed whichever it is. */
abstract class Exchange extends ChannelInboundHandlerAdapter {
    final InetSocketAddress server;
    final SentQuery query;
    final UpstreamListener listener;
    private final CompletableFuture<byte[]> reply = new CompletableFuture<>();

    Exchange(InetSocketAddress server, SentQuery query, UpstreamListener listener) {
        this.server = server;
        this.query = query;
        this.listener = listener;
    }

    /** Opens the socket, connected to the server, with this as its handler. */
    abstract Channel open(Transport transport, EventLoop loop);

    final CompletableFuture<byte[]> start(Transport transport, Duration timeout) {
        EventLoop loop = transport.loops().next();
        Channel channel = open(transport, loop);
        Future<?> alarm = loop.schedule(
                () -> fail(Reason.TIMEOUT, "no answer within " + timeout.toMillis() + " ms"),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        return reply.whenComplete((bytes, failure) -> {
            alarm.cancel(false);
            channel.close();
        });
    }

    final void send(Channel channel, ByteBuf message) {
        channel.writeAndFlush(message).addListener(sent -> {
            if (!sent.isSuccess()) {
                fail(Reason.UNREACHABLE, words(sent.cause()));
            }
        });
    }

    /** Takes a message that came. */
    final void received(byte[] bytes, Protocol protocol) {
        switch (query.judge(bytes)) {
            case ANSWER -> reply.complete(bytes);
            case NO_EDNS -> fail(Reason.NO_EDNS, "does not understand EDNS");
            case REFUSAL -> fail(Reason.REFUSED, "answered with response code " + Replies.rcode(bytes));
            case BROKEN -> {
                listener.dropped(server, protocol);
                fail(Reason.MISMATCHED, "the reply cannot be read");
            }
            case STRANGER -> {
                listener.dropped(server, protocol);
                strangerCame();
            }
        }
    }

    /** What came answers something else. */
    abstract void strangerCame();

    final void fail(Reason reason, String what) {
        reply.completeExceptionally(new UpstreamException(
                reason, server.getAddress().getHostAddress() + ":" + server.getPort() + ": " + what));
    }

    /** The JDK has no message for this one. */
    static String words(Throwable cause) {
        if (cause instanceof PortUnreachableException) {
            return "nothing listens there";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(Reason.UNREACHABLE, words(cause));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(Reason.CLOSED, "the connection ended before the reply was whole");
    }
}
