package io.github.consulresolver.server.listen;

import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.xbill.DNS.Type;

/** A hit from the query's bytes to the reply's, without sockets. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HitBenchmark {
    private final Hits a = new Hits(Type.A, 3, 0);
    private final Hits aOf10 = new Hits(Type.A, 10, 1232);
    private final Hits aOf74 = new Hits(Type.A, 74, 1232);
    private final Hits aOf1500 = new Hits(Type.A, 1500, 1232);
    private final Hits aOf1500WithoutEdns = new Hits(Type.A, 1500, 0);
    private final Hits srv = new Hits(Type.SRV, 3, 1232);

    /** 3 instances, no EDNS. */
    @Benchmark
    public int a() {
        return handle(a);
    }

    @Benchmark
    public int aOf10() {
        return handle(aOf10);
    }

    @Benchmark
    public int aOf74() {
        return handle(aOf74);
    }

    @Benchmark
    public int aOf1500() {
        return handle(aOf1500);
    }

    @Benchmark
    public int aOf1500WithoutEdns() {
        return handle(aOf1500WithoutEdns);
    }

    /** 3 instances with their addresses. */
    @Benchmark
    public int srv() {
        return handle(srv);
    }

    private static int handle(Hits hits) {
        ByteBuffer query = hits.query();
        int length = hits.handler().handle(query, 0, query.limit(), Protocol.UDP, true);
        if (length <= 0) {
            throw new IllegalStateException("not a hit");
        }
        return length;
    }
}
