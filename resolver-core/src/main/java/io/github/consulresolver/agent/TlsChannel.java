package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** TLS on a socket that does not block. Reading and writing carry the handshake along. */
final class TlsChannel implements ByteChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final SocketChannel socket;
    private final SSLEngine engine;
    /** What came and is not read yet; ready to be written to. */
    private final ByteBuffer received;
    /** What is to be sent; ready to be read from. */
    private final ByteBuffer unsent;

    TlsChannel(SocketChannel socket, SSLEngine engine) throws IOException {
        this.socket = socket;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocate(packet);
        unsent = ByteBuffer.allocate(2 * packet).flip();
        engine.beginHandshake();
    }

    /** Whether there is something to send that the socket did not take. */
    boolean hasUnsent() {
        return unsent.hasRemaining();
    }

    /** @param into with room for what one TLS record holds */
    @Override
    public int read(ByteBuffer into) throws IOException {
        int start = into.position();
        while (true) {
            answerHandshake();
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                return into.position() - start;
            }
            received.flip();
            SSLEngineResult result = engine.unwrap(received, into);
            received.compact();
            runTasks();
            switch (result.getStatus()) {
                case CLOSED -> {
                    return into.position() > start ? into.position() - start : -1;
                }
                case BUFFER_OVERFLOW -> {
                    return into.position() - start;
                }
                case BUFFER_UNDERFLOW -> {
                    int more = into.position() > start ? 0 : socket.read(received);
                    if (more <= 0) {
                        return more < 0 ? -1 : into.position() - start;
                    }
                }
                default -> {
                    // A record was read, or a step of the handshake done. There may be more.
                }
            }
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return wrap(from);
    }

    private void answerHandshake() throws IOException {
        socket.write(unsent);
        while (!hasUnsent() && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            wrap(NOTHING);
        }
    }

    private int wrap(ByteBuffer from) throws IOException {
        socket.write(unsent);
        if (hasUnsent()) {
            return 0;
        }
        unsent.clear();
        SSLEngineResult result;
        try {
            result = engine.wrap(from, unsent);
        } finally {
            unsent.flip();
        }
        runTasks();
        socket.write(unsent);
        return result.bytesConsumed();
    }

    /** On this thread: it serves nobody but who waits for them. */
    private void runTasks() {
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
