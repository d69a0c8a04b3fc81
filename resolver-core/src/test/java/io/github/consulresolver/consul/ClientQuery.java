package io.github.consulresolver.consul;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.xbill.DNS.Message;

/** One query that reached a {@link ScriptedUpstream}, and the ways to answer it: never, once, or several times. */
public abstract sealed class ClientQuery permits UdpQuery, TcpQuery {

    private final byte[] query;

    ClientQuery(byte[] query) {
        this.query = query;
    }

    public abstract Protocol protocol();

    /** Sends a message of any bytes, framed as the transport wants it. */
    public abstract void reply(byte[] message) throws IOException;

    /** The port it came from: one for each socket of the client. */
    public abstract int clientPort();

    /** The query as it came. */
    public byte[] bytes() {
        return query.clone();
    }

    /** The query parsed; {@link UncheckedIOException} if it is not a DNS message. */
    public Message message() {
        try {
            return new Message(query);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void reply(Message message) throws IOException {
        reply(message.toWire());
    }
}
