package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.xbill.DNS.Message;

/** A connection that a test does everything with by hand. */
final class TcpClient implements AutoCloseable {
    private static final int PATIENCE = 30_000;

    private final Socket socket;
    private final DataInputStream in;

    TcpClient(TestServer server) throws IOException {
        this(server, InetAddress.getLoopbackAddress());
    }

    /** A connection that comes from this address of the host. */
    TcpClient(TestServer server, InetAddress from) throws IOException {
        socket = new Socket(server.address().getAddress(), server.address().getPort(), from, 0);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE);
        in = new DataInputStream(socket.getInputStream());
    }

    void send(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void ask(Message query) {
        try {
            send(framed(query.toWire()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Message receive() throws IOException {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        return new Message(message);
    }

    List<Message> receive(int count) throws IOException {
        Message[] messages = new Message[count];
        for (int i = 0; i < count; i++) {
            messages[i] = receive();
        }
        return List.of(messages);
    }

    int available() {
        try {
            return in.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void expectNothingFor(Duration time) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
        try {
            int read = in.read();
            throw new AssertionError(read < 0 ? "the connection ended" : "something came");
        } catch (SocketTimeoutException asExpected) {
            socket.setSoTimeout(PATIENCE);
        } catch (SocketException reset) {
            throw new AssertionError("the connection ended", reset);
        }
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    void assertThatItEnds() throws IOException {
        InputStream rest = socket.getInputStream();
        try {
            assertThat(rest.read()).isEqualTo(-1);
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** The message with its length before it (RFC 1035 section 4.2.2). */
    static byte[] framed(byte[] message) {
        byte[] framed = new byte[2 + message.length];
        framed[0] = (byte) (message.length >> 8);
        framed[1] = (byte) message.length;
        System.arraycopy(message, 0, framed, 2, message.length);
        return framed;
    }
}
