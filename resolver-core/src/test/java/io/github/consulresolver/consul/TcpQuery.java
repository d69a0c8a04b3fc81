package io.github.consulresolver.consul;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A query that came over a connection. */
public final class TcpQuery extends ClientQuery {

    private final Socket connection;

    TcpQuery(byte[] query, Socket connection) {
        super(query);
        this.connection = connection;
    }

    @Override
    public Protocol protocol() {
        return Protocol.TCP;
    }

    @Override
    public int clientPort() {
        return connection.getPort();
    }

    @Override
    public void reply(byte[] message) throws IOException {
        write(framed(message));
    }

    /** Writes bytes as they are, without a length before them: half a message, or a wrong length. */
    public void write(byte[] bytes) throws IOException {
        // Replies to pipelined queries come from several threads.
        synchronized (connection) {
            connection.getOutputStream().write(bytes);
        }
    }

    /** Ends the connection in order (FIN). */
    public void close() throws IOException {
        connection.close();
    }

    /** Breaks the connection off (RST). */
    public void reset() throws IOException {
        connection.setSoLinger(true, 0);
        connection.close();
    }

    /** The message with its length before it (RFC 1035, 4.2.2). */
    static byte[] framed(byte[] message) {
        return ByteBuffer.allocate(2 + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }

    /** Reads one message with its length before it; {@link java.io.EOFException} if the connection ends first. */
    static byte[] read(DataInputStream in) throws IOException {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        return message;
    }
}
