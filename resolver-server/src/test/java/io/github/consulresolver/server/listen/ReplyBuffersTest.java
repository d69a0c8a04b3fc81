package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplyBuffersTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final ReplyBuffers buffers = new ReplyBuffers(allocator);

    @AfterEach
    void nothing_is_left_of_them() {
        buffers.release();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void a_batch_uses_the_memory_of_the_one_before() {
        ByteBuf first = buffers.take(100);
        ByteBuf second = buffers.take(100);
        first.release();
        second.release();
        buffers.sent();

        ByteBuf next = buffers.take(100);
        assertThat(next).isSameAs(first).isNotSameAs(second);
        next.release();
    }

    @Test
    void replies_of_one_batch_share_no_memory() {
        ByteBuf first = buffers.take(1).writeByte(1);
        ByteBuf second = buffers.take(1).writeByte(2);

        assertThat(first.getByte(0)).isEqualTo((byte) 1);
        assertThat(second.getByte(0)).isEqualTo((byte) 2);
        first.release();
        second.release();
    }

    @Test
    void a_reply_that_the_kernel_has_not_taken_is_not_written_over() {
        ByteBuf waiting = buffers.take(1).writeByte(1);
        buffers.sent();
        ByteBuf next = buffers.take(1).writeByte(2);

        assertThat(waiting.getByte(0)).isEqualTo((byte) 1);
        waiting.release();
        next.release();
    }

    @Test
    void a_reply_of_any_size_has_room() {
        ByteBuf large = buffers.take(0xffff).writeZero(0xffff);

        assertThat(large.readableBytes()).isEqualTo(0xffff);
        large.release();
    }
}
