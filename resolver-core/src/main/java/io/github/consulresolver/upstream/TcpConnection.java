package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Header;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.collection.IntObjectHashMap;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A TCP connection to a server, for many queries one after the other or at the same time; replies come in any order (RFC 7766 sections
 * 6.2 and 7). When the server ends one that had served before, its queries go on over another (section 6.2.4). On one loop.
 */
final class TcpConnection extends ChannelInboundHandlerAdapter implements Exchange.Carrier {
    /** Hears what a connection cannot tell its queries. */
    interface Owner {
        /** It takes no more queries. Told once, and before {@code stranded}. */
        void retired(TcpConnection connection);

        /** A query whose connection the server ended, after it had served before: it may be that it just was idle for too long. */
        void stranded(Exchange exchange);
    }

    /** A connection without queries is closed after this. Agents have 8 s of patience: better us than them, who would cut a query off. */
    static final Duration IDLE = Duration.ofSeconds(5);

    private final InetSocketAddress server;
    private final UpstreamListener listener;
    private final Owner owner;
    private final Loop loop;
    private final SocketChannel channel;
    private final Frames frames = new Frames();
    private final IntObjectHashMap<Exchange> exchanges = new IntObjectHashMap<>();
    /** Ids of queries whose reply nobody waits for. */
    private final BitSet abandoned = new BitSet();

    private Loop.Alarm idle = () -> {};
    private boolean connected;
    private boolean served;
    private boolean retired;
    private boolean ended;

    TcpConnection(Transport transport, Loop loop, InetSocketAddress server, UpstreamListener listener, Owner owner) {
        this.loop = loop;
        this.server = server;
        this.listener = listener;
        this.owner = owner;
        channel = transport.streams().newChannel();
    }

    /** Opens it. */
    void open(EventLoop loop) {
        // None of its own: who asks has a time-out, and two that end together make the reason a matter of luck.
        channel.config().setOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
        channel.config().setTcpNoDelay(true);
        channel.pipeline().addLast(this);
        loop.register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                end(Reason.UNREACHABLE, UdpSocket.words(registered.cause()));
            }
        });
        channel.connect(server).addListener((ChannelFutureListener) done -> {
            if (done.isSuccess()) {
                connected = true;
                for (Exchange exchange : exchanges.values()) {
                    write(exchange);
                }
                channel.flush();
            } else {
                end(Reason.UNREACHABLE, UdpSocket.words(done.cause()));
            }
        });
    }

    /** Whether an id is none of a query whose reply is, or was, to come. */
    boolean isFree(int id) {
        return !exchanges.containsKey(id) && !abandoned.get(id);
    }

    /** How many queries are under way. */
    int underWay() {
        return exchanges.size();
    }

    /** Whether an answer has come. */
    boolean hasServed() {
        return served;
    }

    void send(Exchange exchange) {
        idle.cancel();
        exchanges.put(exchange.query().id(), exchange);
        if (connected) {
            write(exchange);
            channel.flush();
        }
    }

    private void write(Exchange exchange) {
        byte[] message = exchange.query().message();
        ByteBuf frame = channel.alloc().ioBuffer(Frames.LENGTH_PREFIX + message.length);
        channel.write(frame.writeShort(message.length).writeBytes(message), channel.voidPromise());
    }

    /** Ends it; what is under way fails. */
    void close() {
        end(Reason.CLOSED, "the connection was closed");
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            frames.read(bytes, this::received);
        } finally {
            bytes.release();
        }
    }

    private void received(byte[] reply) {
        if (ended) {
            return;
        }
        int id = reply.length < Header.LENGTH ? -1 : SentQuery.id(reply);
        Exchange exchange = exchanges.get(id);
        if (exchange != null) {
            served = true;
            exchange.received(reply);
        } else if (id >= 0 && abandoned.get(id)) {
            abandoned.clear(id);
        } else {
            // Nobody else can write here: the server has lost its way.
            listener.dropped(server, Protocol.TCP);
            end(Reason.MISMATCHED, "the reply answers something else");
        }
    }

    @Override
    public void landed(Exchange exchange) {
        exchanges.remove(exchange.query().id());
        if (!exchanges.isEmpty() || ended) {
            return;
        }
        if (retired) {
            close();
        } else {
            idle = loop.after(IDLE.toNanos(), this::close);
        }
    }

    /** Perhaps nobody is there any more: it serves who is on it, and nobody else. */
    @Override
    public void abandoned(Exchange exchange) {
        abandoned.set(exchange.query().id());
        retire();
        landed(exchange);
    }

    private void retire() {
        if (!retired) {
            retired = true;
            owner.retired(this);
        }
    }

    /** Somebody was there, and has hung up. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        hungUp(UdpSocket.words(cause));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        hungUp("the connection ended before the reply was whole");
    }

    private void hungUp(String what) {
        if (!served) {
            end(Reason.CLOSED, what);
            return;
        }
        for (Exchange exchange : end()) {
            owner.stranded(exchange);
        }
    }

    private void end(Reason reason, String what) {
        for (Exchange exchange : end()) {
            exchange.fail(reason, what);
        }
    }

    /** @return what was under way */
    private List<Exchange> end() {
        List<Exchange> rest = new ArrayList<>(exchanges.values());
        exchanges.clear();
        if (!ended) {
            ended = true;
            idle.cancel();
            retire();
            channel.close();
        }
        return rest;
    }
}
