package io.github.consulresolver.server.listen;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.server.reply.ReplyLimits;
import io.github.consulresolver.server.reply.ReplyWriter;
import io.github.consulresolver.upstream.LoopMark;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.xbill.DNS.Message;

/** Query handlers as tests have them: Consul's limits, always the same shuffle, and no loop mark that anybody has. */
final class Handlers {
    private Handlers() {}

    static QueryHandler handler(
            AnswerCache cache, Resolver resolver, MeterRegistry meters, LongSupplier clock, Executor loop) {
        return new QueryHandler(
                cache,
                resolver,
                new ReplyWriter(
                        () -> new ReplyLimits(3, 0, false), 1232, Duration.ofSeconds(10), new SplittableRandom(1)),
                new QueryCounters(
                        meters,
                        resolver.zones().all().stream().map(Zone::toString).toList()),
                clock,
                loop,
                new LoopGuard(LoopMark.random()));
    }

    /** What a handler wrote. */
    static Message parsed(ByteBuffer reply, int length) {
        byte[] bytes = new byte[length];
        reply.get(0, bytes);
        try {
            return new Message(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
