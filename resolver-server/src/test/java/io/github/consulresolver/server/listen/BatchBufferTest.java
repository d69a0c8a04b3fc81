package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchBufferTest {
    private static final int SIZE = 4096;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final BatchBuffer buffer = new BatchBuffer(allocator, SIZE);

    @AfterEach
    void nothing_is_left_of_it() {
        buffer.release();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void a_batch_is_read_where_the_one_before_was() {
        ByteBuf first = next().writeZero(SIZE);
        first.release();
        ByteBuf second = next();

        assertThat(second).isSameAs(first);
        assertThat(second.writableBytes()).isEqualTo(SIZE);
        second.release();
    }

    @Test
    void a_datagram_that_somebody_keeps_is_not_written_over() {
        ByteBuf first = next().writeByte(1);
        ByteBuf kept = first.readRetainedSlice(1);
        first.release();
        ByteBuf second = next().writeByte(2);

        assertThat(kept.getByte(0)).isEqualTo((byte) 1);
        kept.release();
        second.release();
    }

    private ByteBuf next() {
        return buffer.newHandle().allocate(allocator);
    }
}
