package io.github.consulresolver.leaks;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

/** The watcher is watched: were it blind, every test would pass it. */
class NoLeaksTest {
    @Test
    void every_buffer_of_every_test_is_tracked() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void a_buffer_that_is_lost_is_found_once() throws InterruptedException {
        NoLeaks.found();
        lose();

        assertThat(NoLeaks.found()).singleElement().asString().contains("ByteBuf");
        assertThat(NoLeaks.found()).isEmpty();
    }

    @Test
    void a_buffer_that_is_released_is_not() throws InterruptedException {
        NoLeaks.found();
        ByteBufAllocator.DEFAULT.buffer(10).release();

        assertThat(NoLeaks.found()).isEmpty();
    }

    private static void lose() {
        ByteBufAllocator.DEFAULT.buffer(10).writeByte(1);
    }
}
