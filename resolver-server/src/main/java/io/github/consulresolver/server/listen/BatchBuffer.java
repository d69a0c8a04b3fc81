package io.github.consulresolver.server.listen;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Has one batch of datagrams after the other read into the same memory: a new buffer of that size is zeroed first. Where somebody has kept a datagram,
 * the next batch gets another. For one channel; not thread-safe.
 */
final class BatchBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
    private final int size;
    private final ByteBuf buffer;

    /**
     * @param allocator what to take it from
     * @param size bytes
     */
    BatchBuffer(ByteBufAllocator allocator, int size) {
        this.size = size;
        buffer = allocator.directBuffer(size, size);
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's own handles are of this type
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return buffer.refCnt() == 1 ? buffer.clear().retain() : allocator.directBuffer(size, size);
            }

            @Override
            public int guess() {
                return size;
            }
        };
    }

    /** Gives it back. */
    void release() {
        buffer.release();
    }
}
