package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The TCP connections from one loop to one server: kept while they are used, and few, because many queries share one (RFC 7766 section 6.2).
 * On the loop.
 */
final class TcpConnections implements TcpConnection.Owner {
    /** Connections at one time. */
    static final int MOST = 4;

    /** Queries under way on a connection before another one is opened: many servers answer one after the other. */
    static final int BUSY = 8;

    private final Transport transport;
    private final EventLoop eventLoop;
    private final Loop loop;
    private final InetSocketAddress server;
    private final UpstreamListener listener;
    private final RandomIds ids;
    private final List<TcpConnection> connections = new ArrayList<>(MOST);

    TcpConnections(
            Transport transport,
            EventLoop eventLoop,
            Loop loop,
            InetSocketAddress server,
            UpstreamListener listener,
            RandomIds ids) {
        this.transport = transport;
        this.eventLoop = eventLoop;
        this.loop = loop;
        this.server = server;
        this.listener = listener;
        this.ids = ids;
    }

    Wire.Sent send(Question question, Form form, Wire.Outcome outcome) {
        TcpConnection connection;
        try {
            connection = pick();
        } catch (ChannelException noSocket) {
            outcome.failed(Reason.OVERLOADED, UdpSocket.words(noSocket));
            return () -> {};
        }
        int id = ids.next();
        while (!connection.isFree(id)) {
            id = ids.next();
        }
        if (connection.hasServed()) {
            listener.reused(server);
        }
        SentQuery query = new SentQuery(question, id, form);
        Exchange exchange = new Exchange(query, server, Protocol.TCP, listener, outcome, connection);
        connection.send(exchange);
        return exchange;
    }

    /** The one with the least to do; a new one when all are busy and there may be one more. */
    private TcpConnection pick() {
        TcpConnection least = null;
        for (TcpConnection connection : connections) {
            if (least == null || connection.underWay() < least.underWay()) {
                least = connection;
            }
        }
        return least == null || least.underWay() >= BUSY && connections.size() < MOST ? open() : least;
    }

    private TcpConnection open() {
        TcpConnection connection = new TcpConnection(transport, loop, server, listener, this);
        connections.add(connection);
        connection.open(eventLoop);
        return connection;
    }

    @Override
    public void retired(TcpConnection connection) {
        connections.remove(connection);
    }

    @Override
    public void stranded(Exchange exchange) {
        TcpConnection connection;
        try {
            connection = pick();
        } catch (ChannelException noSocket) {
            exchange.fail(Reason.OVERLOADED, UdpSocket.words(noSocket));
            return;
        }
        if (!connection.hasServed()
                && exchange.moveTo(connection)
                && connection.isFree(exchange.query().id())) {
            connection.send(exchange);
        } else {
            exchange.fail(Reason.CLOSED, "the connection ended before the reply was whole");
        }
    }
}
