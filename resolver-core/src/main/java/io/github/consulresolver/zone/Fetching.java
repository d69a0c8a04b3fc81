package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gets an answer from the upstream of its zone, follows it across the borders of zones, and keeps it. Knows neither clients nor flights.
 * Thread-safe.
 */
final class Fetching {
    /** Borders that one answer may cross. A chain that crosses more is a mistake, or a loop. */
    private static final int MOST_CROSSINGS = 4;

    private final AnswerCache cache;
    private final LongSupplier clock;
    private final Timer timer;
    private final ResolverListener listener;
    private final ZonesInUse inUse;
    private final Staleness staleness;
    private volatile Vouching vouching = Vouching.NONE;

    Fetching(
            AnswerCache cache,
            LongSupplier clock,
            Timer timer,
            ResolverListener listener,
            ZonesInUse inUse,
            Staleness staleness) {
        this.cache = cache;
        this.clock = clock;
        this.timer = timer;
        this.listener = listener;
        this.inUse = inUse;
        this.staleness = staleness;
    }

    /** From now on {@code other} sees what comes, and may say how true it is. */
    void vouch(Vouching other) {
        vouching = other;
    }

    /** What is kept for the client's network, else what is kept for everybody. */
    @Nullable
    CachedAnswer kept(Question question) {
        CachedAnswer kept = cache.get(question);
        if (kept != null || !question.hasSubnet()) {
            return kept;
        }
        CachedAnswer everybodys = cache.get(question.withoutSubnet());
        return everybodys != null && everybodys.answers().isForEverySubnet() ? everybodys : null;
    }

    /** Asks the upstream of the zone at {@code place}, and whoever else has a part of the answer; keeps what comes. */
    CompletableFuture<Resolution> fetch(Zones current, int place, Question question) {
        Zone zone = current.all().get(place);
        long start = clock.getAsLong();
        return ask(zone, place, question)
                .thenCompose(message -> new AliasCompletion(current)
                        .complete(question, message, rest -> inTime(start, fetchRest(current, rest, 1))))
                .thenApply(message -> keep(zone, place, question, message, start));
    }

    /** Each border that is crossed has a budget of its own, but who asked has one for all. */
    private CompletableFuture<byte[]> inTime(long start, CompletableFuture<byte[]> rest) {
        if (!rest.isDone()) {
            Duration left = Upstream.BUDGET.minusNanos(clock.getAsLong() - start);
            Alarm alarm = timer.schedule(
                    left.isNegative() ? Duration.ZERO : left,
                    () -> rest.completeExceptionally(
                            new UpstreamException(Reason.TIMEOUT, "no time is left to follow an alias")));
            rest.whenComplete((message, failure) -> alarm.cancel());
        }
        return rest;
    }

    /** Asks the zone's upstream, and sees how it does. */
    private CompletableFuture<byte[]> ask(Zone zone, int place, Question question) {
        ZoneHealth upstream = inUse.health(place);
        long askedAt = clock.getAsLong();
        upstream.asked(askedAt);
        return zone.upstream().ask(question).whenComplete((reply, failure) -> {
            if (failure != null) {
                if (UpstreamException.cause(failure) instanceof UpstreamException known && isUpstreams(known)) {
                    if (known.reason() == Reason.REFUSED) {
                        upstream.refused(askedAt);
                    } else {
                        upstream.silent(askedAt);
                    }
                }
            } else if (reply.length > Header.FLAGS + 1
                    && AnswerSet.isAnswer(reply[Header.FLAGS + 1] & Header.RCODE_MASK)) {
                upstream.answered(askedAt, clock.getAsLong());
            } else {
                upstream.refused(askedAt);
            }
        });
    }

    /**
     * Asks for what lies behind a border. It joins no flight: two chains that lead into each other would wait for each other. What
     * recursors said is taken from the cache, with their TTL: the agent's, mostly 0, would have them asked again each time.
     */
    private CompletableFuture<byte[]> fetchRest(Zones current, Question question, int crossings) {
        int place = current.find(question);
        Zone zone = current.all().get(place);
        long now = clock.getAsLong();
        CachedAnswer cached = cache.get(question);
        if (cached != null && cached.isFresh(now) && cached.answers() instanceof VerbatimAnswer answer) {
            return CompletableFuture.completedFuture(answer.aged(cached.age(now)));
        }
        CompletableFuture<byte[]> reply = ask(zone, place, question);
        CompletableFuture<byte[]> whole = crossings == MOST_CROSSINGS
                ? reply
                : reply.thenCompose(message -> new AliasCompletion(current)
                        .complete(question, message, rest -> fetchRest(current, rest, crossings + 1)));
        return whole.thenApply(message -> {
            keep(zone, place, question, message, now);
            return message;
        });
    }

    private Resolution keep(Zone zone, int place, Question question, byte[] message, long askedAt) {
        long now = clock.getAsLong();
        AnswerSet answers = keep(zone, question, message);
        CachedAnswer answer = new CachedAnswer(answers, place, now, zone.lifetime(answers));
        if (answer.answers() instanceof InstanceSet set && set.isPartial()) {
            listener.partial(zone);
        }
        // A failure is passed on, and never takes the place of data. What came while zones changed is not for later.
        if (AnswerSet.isAnswer(answer.answers().rcode()) && inUse.zones().find(question) == place) {
            CachedAnswer before = kept(question);
            Failure held = staleness.heldDown(zone, before, answer.answers(), now);
            if (before != null && held != null) {
                before.failed(held);
                listener.heldDown(zone);
                return Resolution.stale(before, null);
            }
            if (before != null && vouching.isDoubtful(zone, question) && staleness.mayBeGiven(question, before, now)) {
                return Resolution.stale(before, null);
            }
            vouching.fetched(zone, question, answer, askedAt);
            Question asked = answer.answers().isForEverySubnet() ? question.withoutSubnet() : question;
            cache.put(asked, answer);
            listener.kept(asked, answer);
        }
        return Resolution.fresh(answer);
    }

    private static AnswerSet keep(Zone zone, Question question, byte[] message) {
        try {
            return zone.keep(question, message);
        } catch (MalformedMessageException malformed) {
            throw new CompletionException(
                    new UpstreamException(Reason.MISMATCHED, String.valueOf(malformed.getMessage())));
        }
    }

    /** Whether it was the upstream that failed, and not we. */
    static boolean isUpstreams(UpstreamException failure) {
        return failure.reason() != Reason.OVERLOADED && failure.reason() != Reason.NO_UPSTREAM;
    }
}
