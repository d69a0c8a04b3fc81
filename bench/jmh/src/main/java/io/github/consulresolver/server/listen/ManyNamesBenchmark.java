package io.github.consulresolver.server.listen;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.xbill.DNS.Type;

/** Hits a batch at a time, of names drawn by chance: with many of them, what is looked at is in none of the processor's caches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ManyNamesBenchmark {
    private static final int BATCH = DatagramSockets.BATCH;

    /** How many names are kept. */
    @Param({"1000", "1000000"})
    public int names = 1000;

    private final SplittableRandom random = new SplittableRandom(7);
    private final ByteBuffer[] queries = new ByteBuffer[BATCH];
    private Hits hits = new Hits(Type.A, 3, 0, 1);
    private QueryBatch batch = new QueryBatch(hits.handler(), BATCH);

    /** Keeps the names, and lays out a batch of queries. */
    @Setup
    public void keep() {
        hits = new Hits(Type.A, 3, 0, names);
        batch = new QueryBatch(hits.handler(), BATCH);
        for (int i = 0; i < BATCH; i++) {
            queries[i] = hits.queryForAny();
        }
    }

    /** As our own loop does: all are read and looked up before the first is answered. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int batch() {
        ask();
        batch.begin();
        for (ByteBuffer query : queries) {
            batch.read(query, query.limit());
        }
        batch.lookUp();
        int bytes = 0;
        for (int i = 0; i < BATCH; i++) {
            bytes += checked(batch.answer(i, true));
        }
        return bytes;
    }

    /** As Netty's loop does. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int oneByOne() {
        ask();
        int bytes = 0;
        for (ByteBuffer query : queries) {
            bytes += checked(hits.handler().handle(query, 0, query.limit(), Protocol.UDP, true));
        }
        return bytes;
    }

    private void ask() {
        for (ByteBuffer query : queries) {
            Hits.ask(query, random.nextInt(names));
        }
    }

    private static int checked(int length) {
        if (length <= 0) {
            throw new IllegalStateException("not a hit");
        }
        return length;
    }
}
