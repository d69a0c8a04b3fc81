package io.github.consulresolver.server.listen;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Query.Verdict;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.github.consulresolver.server.metrics.QueryCounters.Source;
import io.github.consulresolver.server.reply.ReplyWriter;
import io.github.consulresolver.zone.FairShare;
import io.github.consulresolver.zone.Resolution;
import io.github.consulresolver.zone.Resolver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A query's way: read it, look it up, write the reply. A hit goes all of it in one call, on the event loop that received the query,
 * touches nothing another thread writes and allocates nothing. For a miss {@link #handle} returns {@link #LATER}; the caller
 * then asks {@link #turnAway}, and gives a copy of the query to {@link #answerLater}.
 *
 * <p>One handler an event loop; all methods are called on that loop.
 */
public final class QueryHandler {
    /** No reply is to be sent. */
    static final int NOTHING = 0;

    /** The reply is not known yet. */
    static final int LATER = -1;

    /** Room for a reply; a UDP message and a TCP message have at most 65,535 bytes. */
    private static final int REPLY_CAPACITY = 0xffff;

    /** Clients of one loop waiting at one time. With the 4.5 s a question may take, far more than a node's processes ask. */
    private static final int MOST_WAITING = 20_000;

    private static final int SERVFAIL = AnswerSet.SERVER_FAILURE;
    private static final int REFUSED = 5;

    /** Takes a reply that was long in coming. */
    interface LateReply {
        /**
         * Sends it.
         *
         * @param reply its bytes from index 0 on; only good during the call
         */
        void send(ByteBuffer reply, int length);
    }

    private final AnswerCache.Reader cache;
    private final Resolver resolver;
    private final ReplyWriter writer;
    private final QueryCounters counters;
    private final LongSupplier clock;
    private final Executor loop;
    private final LoopGuard loops;
    private final Query query = new Query();
    private ByteBuffer reply = ByteBuffer.allocateDirect(REPLY_CAPACITY);
    private final Set<Waiting> waiting = new LinkedHashSet<>();
    private final FairShare places = new FairShare(MOST_WAITING);
    private long now;

    /**
     * @param clock the time, in the nanoseconds of {@link System#nanoTime}
     * @param loop runs tasks on the event loop this handler belongs to
     * @param loops knows questions of ours that come back
     */
    public QueryHandler(
            AnswerCache cache,
            Resolver resolver,
            ReplyWriter writer,
            QueryCounters counters,
            LongSupplier clock,
            Executor loop,
            LoopGuard loops) {
        this.loops = loops;
        this.cache = cache.reader();
        this.resolver = resolver;
        this.writer = writer;
        this.counters = counters;
        this.clock = clock;
        this.loop = loop;
    }

    /**
     * Looks at the clock, for all that is handled until it is looked at again. To be called before a batch: that is over in microseconds, and a
     * look at the clock costs a good part of what a query costs.
     */
    void tick() {
        now = clock.getAsLong();
    }

    /**
     * Answers the message of {@code length} bytes at {@code offset}, if that can be done at once.
     *
     * @param allowed whether who sent it may ask
     * @return the length of the reply, which then stands in {@link #reply}; or {@link #NOTHING}; or {@link #LATER}
     */
    int handle(ByteBuffer message, int offset, int length, Protocol protocol, boolean allowed) {
        Verdict verdict = query.read(message, offset, length);
        return answer(query, verdict, hash(query, verdict), protocol, allowed);
    }

    /** The hash of what is asked; any number where nothing is that would be looked up. */
    static int hash(Query query, Verdict verdict) {
        return verdict == Verdict.ASKED
                ? Question.hash(query.buffer(), query.questionOffset(), query.questionLength(), query.questionFlags())
                : 0;
    }

    /** Has the processor fetch what {@link #answer} will look at, for the first {@code count} of these hashes. */
    void fetch(int[] hashes, int count) {
        cache.fetch(hashes, count);
    }

    /** Answers what was read, as {@link #handle} does. */
    int answer(Query query, Verdict verdict, int hash, Protocol protocol, boolean allowed) {
        if (verdict == Verdict.DROPPED) {
            return NOTHING;
        }
        if (verdict != Verdict.ASKED || !allowed) {
            int rcode = allowed ? verdict.rcode() : REFUSED;
            ExtendedError why = allowed ? verdict.why() : ExtendedError.PROHIBITED;
            return error(query, QueryCounters.NO_ZONE, protocol, rcode, why);
        }
        if (loops.catches(query)) {
            return error(query, QueryCounters.NO_ZONE, protocol, SERVFAIL, ExtendedError.NO_REACHABLE_AUTHORITY);
        }
        CachedAnswer answer =
                cache.find(query.buffer(), query.questionOffset(), query.questionLength(), query.questionFlags(), hash);
        if (answer == null || !isForClient(query, answer)) {
            return LATER;
        }
        if (answer.isFarFromItsEnd(now)) {
            return hit(query, answer, protocol);
        }
        return answer.isFresh(now) ? nearItsEnd(query, answer, protocol) : pastItsTime(query, answer, protocol);
    }

    /** A hit, but if many still ask, then somebody has to see to it that it stays one. */
    private int nearItsEnd(Query query, CachedAnswer answer, Protocol protocol) {
        if (resolver.isPrefetchDue(answer, now)) {
            resolver.prefetch(query.question());
        }
        return answer(query, answer, answer.age(now), protocol, Source.HIT);
    }

    private int hit(Query query, CachedAnswer answer, Protocol protocol) {
        if (answer.isCoherent(now)) {
            answer.use();
            return answer(query, answer, 0, protocol, Source.COHERENT);
        }
        return answer(query, answer, answer.age(now), protocol, Source.HIT);
    }

    /** What an upstream failed to answer a moment ago is not worth a wait, nor another thread. */
    private int pastItsTime(Query query, CachedAnswer answer, Protocol protocol) {
        Failure failure = answer.failure();
        if (failure == null) {
            return LATER;
        }
        switch (resolver.use(answer, now)) {
            case STALE -> {
                if (resolver.isRefreshDue(answer, now)) {
                    resolver.refresh(query.question());
                }
                return stale(query, answer, failure.reason(), protocol);
            }
            case FAILED -> {
                boolean tcp = protocol == Protocol.TCP;
                int length = writer.failedBefore(query, answer.answers(), failure.reason(), tcp, reply);
                counters.count(answer.zone(), protocol, query.type(), rcode(reply), Source.FAILURE);
                return length;
            }
            default -> {
                return LATER;
            }
        }
    }

    /**
     * Answers what {@link #handle} did not know, if there is no place to ask for it: on the same thread, for in a flood a hand-over costs more
     * than all else.
     *
     * @return the length of the reply; {@link #LATER} when it is to be asked for
     */
    int turnAway(ClientKey client, Protocol protocol) {
        return turnAway(query, client, protocol);
    }

    /** The same for what was answered with {@link #answer}. */
    int turnAway(Query query, ClientKey client, Protocol protocol) {
        Question question = query.question();
        return resolver.hasPlace(question, client) ? LATER : instead(query, question, protocol);
    }

    private int instead(Query query, Question question, Protocol protocol) {
        Resolution instead = resolver.instead(question);
        return instead == null
                ? error(query, resolver.zoneOf(question), protocol, SERVFAIL, ExtendedError.OVERLOADED)
                : give(query, instead, protocol);
    }

    private static int rcode(ByteBuffer reply) {
        return reply.getShort(Header.FLAGS) & Header.RCODE_MASK;
    }

    private int stale(Query query, CachedAnswer answer, @Nullable ExtendedError reason, Protocol protocol) {
        AnswerSet answers = answer.answers();
        int ttl = resolver.zones().all().get(answer.zone()).stale().ttl();
        Source source = reason == ExtendedError.OVERLOADED ? Source.SHED : Source.STALE;
        counters.count(answer.zone(), protocol, query.type(), answers.rcode(), source);
        return writer.stale(query, answers, ttl, reason, protocol == Protocol.TCP, reply);
    }

    private static boolean isForClient(Query query, CachedAnswer answer) {
        return !query.hasSubnet() || answer.answers().isForEverySubnet();
    }

    /** Where {@link #handle} writes: from index 0 on, until it is called again. At first it has room for every reply. */
    ByteBuffer reply() {
        return reply;
    }

    /** From now on replies are written to {@code other}; as in a client's, what does not fit is left out. */
    void writeTo(ByteBuffer other) {
        reply = other;
    }

    /**
     * Asks for what {@link #handle} did not know.
     *
     * @param message the message alone, from index 0 on; it is kept
     */
    void answerLater(ByteBuffer message, ClientKey client, Protocol protocol, LateReply sink) {
        Query own = new Query();
        own.read(message, 0, message.capacity());
        Question question = own.question();
        if (!places.take(client)) {
            sink.send(reply, instead(own, question, protocol));
            return;
        }
        Waiting one = new Waiting(own, client, protocol, sink);
        waiting.add(one);
        resolver.resolve(question, client)
                .whenComplete((resolution, failure) -> loop.execute(() -> {
                    if (waiting.remove(one)) {
                        one.finish(resolution, failure);
                    }
                }));
    }

    /** How many clients wait for a reply. */
    int waiting() {
        return waiting.size();
    }

    /** Tells all who wait that there will be no answer. */
    void giveUp() {
        List<Waiting> clients = new ArrayList<>(waiting);
        waiting.clear();
        clients.forEach(client -> client.fail(null));
    }

    private int give(Query query, Resolution resolution, Protocol protocol) {
        CachedAnswer answer = resolution.answer();
        return resolution.isStale()
                ? stale(query, answer, resolution.reason(), protocol)
                : answer(query, answer, answer.age(clock.getAsLong()), protocol, Source.MISS);
    }

    private int answer(Query query, CachedAnswer answer, int age, Protocol protocol, Source source) {
        AnswerSet answers = answer.answers();
        int length = protocol == Protocol.UDP
                ? writer.overUdp(query, answers, age, reply)
                : writer.overTcp(query, answers, age, reply);
        counters.count(answer.zone(), protocol, query.type(), answers.rcode(), source);
        return length;
    }

    private int error(Query query, int zone, Protocol protocol, int rcode, @Nullable ExtendedError why) {
        int type = query.questionLength() > 0 ? query.type() : 0;
        counters.count(zone, protocol, type, rcode, why == ExtendedError.OVERLOADED ? Source.SHED : Source.LOCAL);
        return writer.error(query, rcode, why, protocol == Protocol.TCP, reply);
    }

    /** A client whose query is under way. */
    private final class Waiting {
        private final Query query;
        private final ClientKey client;
        private final Protocol protocol;
        private final LateReply sink;

        Waiting(Query query, ClientKey client, Protocol protocol, LateReply sink) {
            this.query = query;
            this.client = client;
            this.protocol = protocol;
            this.sink = sink;
        }

        void finish(@Nullable Resolution resolution, @Nullable Throwable failure) {
            if (resolution == null) {
                fail(Resolver.reason(failure));
                return;
            }
            places.release(client);
            sink.send(reply, give(query, resolution, protocol));
        }

        void fail(@Nullable ExtendedError why) {
            places.release(client);
            sink.send(reply, error(query, resolver.zoneOf(query.question()), protocol, SERVFAIL, why));
        }
    }
}
