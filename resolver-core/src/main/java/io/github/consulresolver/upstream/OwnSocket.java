package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/**
 * The socket of one query alone, to a server that others may pose as: a forger has to guess the port with the id (RFC 5452), and a port
 * that is gone in a moment cannot be scanned for.
 */
final class OwnSocket extends UdpSocket {
    private final Exchange exchange;

    OwnSocket(
            Transport transport,
            SentQuery query,
            InetSocketAddress server,
            UpstreamListener listener,
            Wire.Outcome outcome) {
        super(transport);
        exchange = new Exchange(query, server, UpstreamListener.Protocol.UDP, listener, outcome, this);
    }

    Wire.Sent send(EventLoop loop, InetSocketAddress server, Form form) {
        open(loop, server, form.largestReply());
        write(exchange.query().message());
        flush();
        return exchange;
    }

    @Override
    void received(byte[] bytes) {
        exchange.received(bytes);
    }

    @Override
    void broke(String what) {
        exchange.fail(Reason.UNREACHABLE, what);
    }

    @Override
    public void landed(Exchange exchange) {
        close();
    }

    @Override
    public void abandoned(Exchange exchange) {
        close();
    }
}
