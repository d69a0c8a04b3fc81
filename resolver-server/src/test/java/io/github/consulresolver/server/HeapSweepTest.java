package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.server.HeapSweep.Heap;
import org.junit.jupiter.api.Test;

class HeapSweepTest {
    private static final long ALIVE = 10 << 20;

    private final ScriptedHeap heap = new ScriptedHeap();
    private long queries;
    private final HeapSweep sweep = new HeapSweep(heap, () -> queries);

    @Test
    void what_the_start_left_behind_is_collected_at_the_first_look() {
        heap.garbage = 1;
        sweep.look();
        assertThat(heap.collections).isOne();
    }

    @Test
    void a_heap_that_has_grown_little_is_left_alone() {
        sweep.look();
        heap.garbage = HeapSweep.MUCH - 1;
        sweep.look();
        assertThat(heap.collections).isOne();
    }

    @Test
    void much_garbage_is_collected() {
        sweep.look();
        heap.garbage = HeapSweep.MUCH;
        sweep.look();
        assertThat(heap.collections).isEqualTo(2);
    }

    @Test
    void the_more_ask_the_more_garbage_there_must_be() {
        sweep.look();
        queries = HeapSweep.MUCH / HeapSweep.WORTH_A_QUERY * 2;
        heap.garbage = HeapSweep.MUCH * 3 / 2;
        sweep.look();
        assertThat(heap.collections).isOne();
    }

    @Test
    void when_fewer_ask_it_is_done() {
        sweep.look();
        queries = HeapSweep.MUCH / HeapSweep.WORTH_A_QUERY * 2;
        heap.garbage = HeapSweep.MUCH * 3 / 2;
        sweep.look();
        sweep.look();
        assertThat(heap.collections).isEqualTo(2);
    }

    @Test
    void enough_garbage_is_worth_the_wait_of_many() {
        sweep.look();
        queries = HeapSweep.MUCH / HeapSweep.WORTH_A_QUERY * 2;
        heap.garbage = HeapSweep.MUCH * 2;
        sweep.look();
        assertThat(heap.collections).isEqualTo(2);
    }

    @Test
    void a_heap_that_is_large_without_garbage_is_left_alone() {
        heap.alive = HeapSweep.LARGE + 1;
        sweep.look();
        heap.garbage = 2 * HeapSweep.MUCH;
        sweep.look();
        assertThat(heap.collections).isOne();
    }

    private static final class ScriptedHeap implements Heap {
        long alive = ALIVE;
        long garbage;
        int collections;

        @Override
        public long size() {
            return alive + garbage;
        }

        @Override
        public void collect() {
            garbage = 0;
            collections++;
        }
    }
}
