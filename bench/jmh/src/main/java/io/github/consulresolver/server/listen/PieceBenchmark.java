package io.github.consulresolver.server.listen;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.server.reply.ReplyWriter;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** The pieces of a hit, A of 3 instances: each alone, so that their sum is no more than about the whole. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PieceBenchmark {
    private final Hits hits = new Hits(Type.A, 3, 0);
    private final AnswerCache.Reader cache = hits.cache().reader();
    private final ReplyWriter writer = Hits.writer();
    private final ByteBuffer reply = ByteBuffer.allocateDirect(0xffff);
    private final Query query = new Query();
    private final Query asked = new Query();
    private final CachedAnswer answer;

    /** Reads one query and finds its answer, for the pieces that begin there. */
    public PieceBenchmark() {
        ByteBuffer message = hits.query();
        asked.read(message, 0, message.limit());
        CachedAnswer found = find(asked);
        if (found == null) {
            throw new IllegalStateException("not a hit");
        }
        answer = found;
    }

    @Benchmark
    public Query.Verdict parse() {
        ByteBuffer message = hits.query();
        return query.read(message, 0, message.limit());
    }

    /** Parsing's result is taken from the query before: only its offsets count, and all names have the same length. */
    @Benchmark
    public @Nullable CachedAnswer lookUp() {
        return cache.find(hits.query(), asked.questionOffset(), asked.questionLength(), asked.questionFlags());
    }

    @Benchmark
    public int reply() {
        return writer.overUdp(asked, answer.answers(), 1, reply);
    }

    private @Nullable CachedAnswer find(Query query) {
        return cache.find(query.buffer(), query.questionOffset(), query.questionLength(), query.questionFlags());
    }
}
