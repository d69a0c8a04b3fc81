package io.github.consulresolver.upstream;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** Puts messages together that come over TCP in pieces, each with its length in front (RFC 7766 section 8). Not thread-safe. */
final class Frames {
    static final int LENGTH_PREFIX = 2;

    private byte[] message = {};
    private int length;
    private int received = -LENGTH_PREFIX;

    /** Reads all that is in {@code bytes}; each message that is whole then is passed on. */
    void read(ByteBuf bytes, Consumer<byte[]> whole) {
        while (bytes.isReadable()) {
            if (received < 0) {
                length = length << Byte.SIZE | bytes.readUnsignedByte();
                if (++received < 0) {
                    continue;
                }
                message = new byte[length];
            }
            int part = Math.min(bytes.readableBytes(), length - received);
            bytes.readBytes(message, received, part);
            received += part;
            if (received == length) {
                byte[] complete = message;
                message = new byte[0];
                length = 0;
                received = -LENGTH_PREFIX;
                whole.accept(complete);
            }
        }
    }
}
