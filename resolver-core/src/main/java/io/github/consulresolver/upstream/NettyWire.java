package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The sockets from one event loop to one server. */
final class NettyWire implements Wire {
    private static final Sent NOTHING = () -> {};

    private final Transport transport;
    private final EventLoop eventLoop;
    private final Loop loop;
    private final InetSocketAddress server;
    private final boolean trusted;
    private final UpstreamListener listener;
    private final RandomIds ids;
    private final TcpConnections connections;
    private @Nullable SharedSocket shared;

    /** @param trusted whether queries may share a socket */
    NettyWire(
            Transport transport,
            EventLoop eventLoop,
            Loop loop,
            InetSocketAddress server,
            boolean trusted,
            UpstreamListener listener,
            RandomIds ids) {
        this.transport = transport;
        this.eventLoop = eventLoop;
        this.loop = loop;
        this.server = server;
        this.trusted = trusted;
        this.listener = listener;
        this.ids = ids;
        connections = new TcpConnections(transport, eventLoop, loop, server, listener, ids);
    }

    @Override
    public Sent udp(Question question, Form form, Outcome outcome) {
        try {
            if (trusted) {
                return shared().send(question, form.inLowerCase(), outcome);
            }
            long capitals = form.mixedCase() ? ids.bits() : 0;
            SentQuery query = new SentQuery(question, ids.next(), form, capitals);
            return new OwnSocket(transport, query, server, listener, outcome).send(eventLoop, server, form);
        } catch (ChannelException noSocket) {
            outcome.failed(Reason.OVERLOADED, UdpSocket.words(noSocket));
            return NOTHING;
        }
    }

    private SharedSocket shared() {
        SharedSocket current = shared;
        long now = loop.nanos();
        if (current == null || !current.isGood(now)) {
            if (current != null) {
                current.retire();
            }
            current = new SharedSocket(transport, server, listener, ids, now);
            current.open(eventLoop, server, SharedSocket.LARGEST_REPLY);
            shared = current;
        }
        return current;
    }

    @Override
    public Sent tcp(Question question, Form form, Outcome outcome) {
        return connections.send(question, form, outcome);
    }
}
