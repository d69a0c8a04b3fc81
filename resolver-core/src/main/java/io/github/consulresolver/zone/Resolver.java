package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.cache.Failure.Kind;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Flights.Flight;
import io.github.consulresolver.zone.ResolverListener.Refresh;
import io.github.consulresolver.zone.Timer.Alarm;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers what the cache has no fresh answer to: one flight to the zone's upstream, whoever asks and however many.
 *
 * <p>Whatever the upstream says is kept, also with TTL 0. Then it is no answer for later, but the last thing known of the name. When the
 * upstream has no answer, or none in time, that is what clients are given (RFC 8767), within the bounds of the zone's {@link StalePolicy};
 * the first of them after a wait, the others at once. What has failed is not asked again for a moment (RFC 9520), and then in the
 * background, by one of those who ask for it. All this is noted at the kept answer itself, in its {@link Failure}.
 *
 * <p>Thread-safe.
 */
public final class Resolver {
    /** Clients that wait for one answer: more than a node has programs, and one name's clients shall not take the places of all others. */
    private static final int MOST_WAITING = 10_000;

    /** Who asks what no client waits for; and who asks where there is one client only. */
    private static final Object OURSELVES = "ourselves";

    /** How soon a place is looked for again, in nanoseconds. */
    private static final long AFTER_NO_PLACE = TimeUnit.SECONDS.toNanos(1);

    /** One for all: in a flood there are many, and they are to cost nothing. */
    private final UpstreamException overloaded =
            new UpstreamException(Reason.OVERLOADED, "too many questions are under way already");

    private final AnswerCache cache;
    private final LongSupplier clock;
    private final Timer timer;
    private final ResolverListener listener;
    private final Flights flights = new Flights(MOST_WAITING);
    private final ZonesInUse inUse;
    private final Staleness staleness;
    private final Fetching fetching;
    private volatile Vouching vouching = Vouching.NONE;

    /**
     * @param clock the time, in the nanoseconds of {@link System#nanoTime}
     * @param timer for what is due when a client has waited long enough
     */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock, Timer timer) {
        this(zones, cache, clock, timer, ResolverListener.NONE);
    }

    /** The same with somebody who listens. */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock, Timer timer, ResolverListener listener) {
        this.cache = cache;
        this.clock = clock;
        this.timer = timer;
        this.listener = listener;
        inUse = new ZonesInUse(zones, clock.getAsLong());
        staleness = new Staleness(cache, inUse);
        fetching = new Fetching(cache, clock, timer, listener, inUse, staleness);
    }

    /** The zones there are now. */
    public Zones zones() {
        return inUse.zones();
    }

    /**
     * From now on names belong to these zones. What was kept below {@code changed} is forgotten, because somebody else answers for it.
     *
     * @param next made of {@link #zones} by {@link Zones#with} and {@link Zones#without}
     */
    public void use(Zones next, DomainName changed) {
        inUse.use(next, clock.getAsLong());
        cache.removeBelow(changed);
    }

    /** Forgets all answers of agents, because what makes them complete has changed. */
    public void forgetConsul() {
        for (Zone zone : zones().all()) {
            if (!zone.suffix().equals(DomainName.ROOT)) {
                cache.removeBelow(zone.suffix());
            }
        }
    }

    /** From now on {@code other} sees what is asked and what comes, and may say how true it is. */
    void vouch(Vouching other) {
        vouching = other;
        fetching.vouch(other);
    }

    /** What may be done with {@code answer} at {@code now}. Takes no time, and any thread. */
    public Use use(CachedAnswer answer, long now) {
        return staleness.use(answer, now);
    }

    /**
     * Whether the caller should {@link #refresh} an answer that is {@link Use#STALE}. True for one of many callers, at most times. Takes no
     * time, and any thread.
     */
    public boolean isRefreshDue(CachedAnswer answer, long now) {
        return staleness.isRefreshDue(answer, now);
    }

    /** Asks anew, in the background. Returns at once. */
    public void refresh(Question asked) {
        Question question = zones().of(asked).toAsk(asked);
        CachedAnswer kept = fetching.kept(question);
        Failure failure = kept == null ? null : kept.failure();
        if (kept == null || failure == null || flights.isUnderWay(question)) {
            return;
        }
        long now = clock.getAsLong();
        kept.failed(failure.retriedAt(now + Staleness.LONGEST_FLIGHT));
        askAnew(question, kept, Refresh.STALE, () -> kept.failed(failure.retriedAt(now + AFTER_NO_PLACE)));
    }

    /**
     * Whether the caller should {@link #prefetch} an answer that is no longer {@linkplain CachedAnswer#isFarFromItsEnd far from its end}, but
     * still fresh. To be asked once for each client that is given it; true for one of them, at most times. Takes no time, and any thread.
     */
    public boolean isPrefetchDue(CachedAnswer answer, long now) {
        return staleness.isPrefetchDue(answer, now);
    }

    /** Asks anew before the time of the answer is over, in the background. Returns at once. */
    public void prefetch(Question asked) {
        Question question = zones().of(asked).toAsk(asked);
        CachedAnswer kept = fetching.kept(question);
        if (kept != null && !flights.isUnderWay(question)) {
            askAnew(question, kept, Refresh.PREFETCH, () -> {});
        }
    }

    /**
     * Somebody relies on the answer there is, and wants to hear when it is another: whoever can vouch for it does, and has it asked for anew if
     * it is not true. Returns at once, and asks nobody's DNS where nobody can vouch.
     */
    public void verify(Question asked) {
        Zone zone = inUse.zone(zoneOf(asked));
        vouching.verify(zone, zone.toAsk(asked));
    }

    /** In the background, on a thread of the timer. */
    private void askAnew(Question question, CachedAnswer kept, Refresh why, Runnable noPlace) {
        FairShare places = inUse.questions(zoneOf(question));
        timer.schedule(Duration.ZERO, () -> {
            Flight joined = flights.join(question, places, OURSELVES, flight -> {
                listener.refreshed(inUse.zone(kept.zone()), why);
                depart(flight, kept);
            });
            if (joined == null) {
                noPlace.run();
            }
        });
    }

    /**
     * Whether a question of this client, which the cache has no answer to, can be asked, or is being asked. Where it is not, there is no use in
     * {@link #resolve}; {@link #instead} has what the client is given. Takes no time, and any thread.
     */
    public boolean hasPlace(Question asked, Object client) {
        int place = zoneOf(asked);
        return inUse.questions(place).isOpenTo(client)
                || flights.isUnderWay(inUse.zone(place).toAsk(asked));
    }

    /** What is given instead of an answer that there is no place to wait for: the last one there was; null when that is of no use. */
    public @Nullable Resolution instead(Question asked) {
        CachedAnswer kept = fetching.kept(zones().of(asked).toAsk(asked));
        long now = clock.getAsLong();
        if (kept == null) {
            return null;
        }
        if (kept.isFresh(now)) {
            return Resolution.fresh(kept);
        }
        return staleness.mayBeGiven(asked, kept, now) ? Resolution.stale(kept, ExtendedError.OVERLOADED) : null;
    }

    /** Resolves for a client that has no others beside it. */
    public CompletableFuture<Resolution> resolve(Question asked) {
        return resolve(asked, OURSELVES);
    }

    /** Asks anew, whatever is kept. Not for clients, but those who ask now are given what comes. */
    CompletableFuture<Resolution> renew(Question question) {
        int place = zoneOf(question);
        Flight joined = flights.join(question, inUse.questions(place), OURSELVES, flight -> {
            listener.refreshed(inUse.zone(place), Refresh.CHANGED);
            depart(flight, fetching.kept(question));
        });
        return joined == null ? CompletableFuture.failedFuture(overloaded) : joined.told();
    }

    /**
     * Resolves.
     *
     * @param client who asks: no client has more questions under way than others still may have
     * @return what to give the client; fails with an {@link UpstreamException} when there is nothing. Completed on a thread of the transport,
     *     or of the timer, or at once
     */
    public CompletableFuture<Resolution> resolve(Question asked, Object client) {
        int place = zoneOf(asked);
        Question question = inUse.zone(place).toAsk(asked);
        vouching.asked(inUse.zone(place), question);
        CompletableFuture<Resolution> atOnce = atOnce(question);
        if (atOnce != null) {
            return atOnce;
        }
        Flight joined = flights.join(question, inUse.questions(place), client, flight -> {
            // Another flight may have landed since.
            CompletableFuture<Resolution> landed = atOnce(question);
            if (landed == null) {
                depart(flight, fetching.kept(question));
            } else {
                flights.land(flight);
                follow(landed, flight);
            }
        });
        if (joined != null) {
            return joined.told();
        }
        Resolution instead = instead(question);
        return instead != null
                ? CompletableFuture.completedFuture(instead)
                : CompletableFuture.failedFuture(overloaded);
    }

    private static void follow(CompletableFuture<Resolution> landed, Flight flight) {
        landed.whenComplete((resolution, failure) -> {
            if (failure == null) {
                flight.told().complete(resolution);
            } else {
                flight.told().completeExceptionally(failure);
            }
        });
    }

    /** What can be said without asking; null when nothing can. */
    private @Nullable CompletableFuture<Resolution> atOnce(Question question) {
        CachedAnswer kept = fetching.kept(question);
        if (kept == null) {
            return null;
        }
        long now = clock.getAsLong();
        Failure failure = kept.failure();
        return switch (use(kept, now)) {
            case FRESH -> {
                if (!kept.isFarFromItsEnd(now) && isPrefetchDue(kept, now)) {
                    prefetch(question);
                }
                yield CompletableFuture.completedFuture(Resolution.fresh(kept));
            }
            case STALE -> {
                if (isRefreshDue(kept, now)) {
                    refresh(question);
                }
                yield CompletableFuture.completedFuture(
                        Resolution.stale(kept, failure == null ? null : failure.reason()));
            }
            case FAILED ->
                failure == null || failure.cause() == null ? null : CompletableFuture.failedFuture(failure.cause());
            case ASK -> null;
        };
    }

    /** @param kept what is kept when the flight begins */
    private void depart(Flight flight, @Nullable CachedAnswer kept) {
        long now = clock.getAsLong();
        Zones current = zones();
        int place = current.find(flight.question());
        StalePolicy policy = current.all().get(place).stale();
        Attempt attempt = new Attempt(flight, place, now, staleness.failureBefore(kept, now));
        fetching.fetch(current, place, flight.question())
                .whenComplete((resolution, failure) -> land(attempt, resolution, failure));
        if (kept != null && !flight.told().isDone() && staleness.isWorthGiving(flight.question(), kept, now)) {
            Duration patience = policy.patience(inUse.health(place), now);
            Alarm alarm = timer.schedule(patience, () -> late(attempt));
            flight.told().whenComplete((resolution, failure) -> alarm.cancel());
        }
    }

    /** A flight, and what went before. */
    private record Attempt(
            Flight flight,
            int place,
            long departedAt,
            @Nullable Failure before) {
        Question question() {
            return flight.question();
        }
    }

    /** The clients have waited long enough, if what there is for them is any use. The flight goes on. */
    private void late(Attempt attempt) {
        CachedAnswer kept = fetching.kept(attempt.question());
        if (kept == null || attempt.flight().told().isDone() || kept.storedAt() - attempt.departedAt() >= 0) {
            return;
        }
        long now = clock.getAsLong();
        if (staleness.mayBeGiven(attempt.question(), kept, now)) {
            Failure failure = failure(attempt, Kind.LATE, ExtendedError.NO_REACHABLE_AUTHORITY, null, true, now)
                    .retriedAt(attempt.departedAt() + Staleness.LONGEST_FLIGHT);
            kept.failed(failure);
            attempt.flight().told().complete(Resolution.stale(kept, failure.reason()));
        }
    }

    private void land(Attempt attempt, @Nullable Resolution resolution, @Nullable Throwable failure) {
        CompletableFuture<Resolution> told = attempt.flight().told();
        if (resolution != null
                && AnswerSet.isAnswer(resolution.answer().answers().rcode())) {
            flights.land(attempt.flight());
            told.complete(resolution);
            return;
        }
        Throwable cause = failure == null ? refusal(attempt, resolution) : UpstreamException.cause(failure);
        Resolution stale = failed(attempt, cause, resolution);
        flights.land(attempt.flight());
        if (stale != null) {
            told.complete(stale);
        } else if (resolution != null) {
            told.complete(resolution);
        } else {
            told.completeExceptionally(cause);
        }
    }

    private static UpstreamException refusal(Attempt attempt, @Nullable Resolution resolution) {
        int rcode = resolution == null
                ? AnswerSet.SERVER_FAILURE
                : resolution.answer().answers().rcode();
        return new UpstreamException(Reason.REFUSED, attempt.question() + " was answered with response code " + rcode);
    }

    /**
     * Remembers that there was no answer; returns the one to give all the same, null when there is none.
     *
     * @param refusal what was said instead, if anything was
     */
    private @Nullable Resolution failed(Attempt attempt, Throwable cause, @Nullable Resolution refusal) {
        Question question = attempt.question();
        CachedAnswer kept = fetching.kept(question);
        long now = clock.getAsLong();
        boolean servable = kept != null && staleness.isWorthGiving(question, kept, now);
        ExtendedError reason = reason(cause);
        if (cause instanceof UpstreamException upstream && Fetching.isUpstreams(upstream)) {
            Kind kind = upstream.reason() == Reason.REFUSED ? Kind.REFUSED : Kind.SILENT;
            Failure failure = failure(attempt, kind, reason, upstream, servable, now);
            if (kept != null) {
                kept.failed(failure);
            } else if (zoneOf(question) == attempt.place()) {
                AnswerSet nothing = refusal == null
                        ? VerbatimAnswer.failureOf(question)
                        : refusal.answer().answers();
                cache.put(question, new CachedAnswer(nothing, attempt.place(), now, failure));
            }
        }
        return kept != null && servable && staleness.mayBeGiven(question, kept, now)
                ? Resolution.stale(kept, reason)
                : null;
    }

    private Failure failure(
            Attempt attempt,
            Kind kind,
            @Nullable ExtendedError reason,
            @Nullable Throwable cause,
            boolean servable,
            long now) {
        Failure before = attempt.before();
        int times = before == null ? 1 : before.times() + 1;
        long since = before == null ? now : before.since();
        StalePolicy policy = inUse.zone(attempt.place()).stale();
        return new Failure(
                kind,
                reason,
                cause,
                times,
                since,
                now,
                now + policy.memory(times).toNanos(),
                servable);
    }

    /** What a client is told of a failure; null where there is nothing to say. */
    public static @Nullable ExtendedError reason(@Nullable Throwable failure) {
        if (!(failure instanceof UpstreamException upstream)) {
            return null;
        }
        return switch (upstream.reason()) {
            case TIMEOUT, UNREACHABLE, REFUSED, NO_EDNS, NO_UPSTREAM -> ExtendedError.NO_REACHABLE_AUTHORITY;
            case CLOSED, MISMATCHED -> ExtendedError.NETWORK_ERROR;
            case OVERLOADED -> ExtendedError.OVERLOADED;
        };
    }

    /** The place, in the table of zones, of the zone that {@code question} belongs to. */
    public int zoneOf(Question question) {
        return zones().find(question);
    }

    /** How many questions are under way. */
    public int underWay() {
        return flights.underWay();
    }

    /** How many questions joined one that was under way already, since the start. */
    public long coalesced() {
        return flights.joined();
    }
}
