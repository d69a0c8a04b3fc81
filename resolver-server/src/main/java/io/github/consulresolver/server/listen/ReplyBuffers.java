package io.github.consulresolver.server.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the replies of a batch stand until they are sent. The next batch uses the same memory again, which is then in the processor's cache; taking
 * a buffer from an allocator and giving it back costs more than writing a reply. Not thread-safe.
 */
final class ReplyBuffers {
    /** A batch may be read by two calls, and the second of them may be full. */
    private static final int MOST = 2 * DatagramSockets.BATCH;

    private static final int SIZE = DatagramSockets.MAX_DATAGRAM;

    private final ByteBufAllocator allocator;
    private final List<ByteBuf> buffers = new ArrayList<>();
    private int used;

    ReplyBuffers(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** An empty buffer for {@code length} bytes, to be released by whoever sends it. */
    ByteBuf take(int length) {
        if (length > SIZE || used == MOST) {
            return allocator.directBuffer(length, length);
        }
        if (used == buffers.size()) {
            buffers.add(allocator.directBuffer(SIZE, SIZE));
        }
        ByteBuf next = buffers.get(used);
        if (next.refCnt() > 1) {
            // The kernel has not taken it yet.
            return allocator.directBuffer(length, length);
        }
        used++;
        return next.clear().retain();
    }

    /** Has the next reply begin at the first buffer again: to be called when those taken have been given to the kernel. */
    void sent() {
        used = 0;
    }

    /** Gives them back. */
    void release() {
        buffers.forEach(ByteBuf::release);
        buffers.clear();
        used = 0;
    }
}
