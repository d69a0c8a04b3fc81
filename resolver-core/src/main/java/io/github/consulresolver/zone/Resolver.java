package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.cache.Failure.Kind;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Flights.Flight;
import io.github.consulresolver.zone.ResolverListener.Refresh;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
    /** Questions under way at one time: at 4.5 s each, two thousand new ones a second. */
    private static final int MOST_FLIGHTS = 10_000;

    /** Borders that one answer may cross. A chain that crosses more is a mistake, or a loop. */
    private static final int MOST_CROSSINGS = 4;

    /** As long as a flight may take: until it has landed, nobody need ask for what it will bring. */
    private static final long LONGEST_FLIGHT = TimeUnit.SECONDS.toNanos(5);

    /** A failure that is over by so much says nothing of now (RFC 8767 section 5 has the same for the time between attempts). */
    private static final long FORGOTTEN_AFTER = TimeUnit.SECONDS.toNanos(30);

    /** Between two looks at whether there is still nothing. */
    private static final long HOLD_DOWN_RECHECK = TimeUnit.SECONDS.toNanos(1);

    /** What a name that clients ask for has records of. */
    private static final int[] TYPES_OF_NAMES = {
        /* A */ 1, /* AAAA */
        28, /* SRV */
        33, /* ANY */
        255, /* TXT */
        16, /* CNAME */
        5, /* PTR */
        12, /* MX */
        15,
        /* NS */ 2, /* SOA */
        6, /* HTTPS */
        65
    };

    private final AnswerCache cache;
    private final LongSupplier clock;
    private final Timer timer;
    private final ResolverListener listener;
    private final Flights flights = new Flights(MOST_FLIGHTS);
    private volatile Zones zones;
    /** By the places of the zones. */
    private volatile ZoneHealth[] health = {};

    /**
     * @param clock the time, in the nanoseconds of {@link System#nanoTime}
     * @param timer for what is due when a client has waited long enough
     */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock, Timer timer) {
        this(zones, cache, clock, timer, ResolverListener.NONE);
    }

    /** The same with somebody who listens. */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock, Timer timer, ResolverListener listener) {
        this.zones = zones;
        this.cache = cache;
        this.clock = clock;
        this.timer = timer;
        this.listener = listener;
        health = healthOf(zones);
    }

    private ZoneHealth[] healthOf(Zones all) {
        ZoneHealth[] places = Arrays.copyOf(health, all.all().size());
        for (int place = health.length; place < places.length; place++) {
            places[place] = new ZoneHealth(clock.getAsLong());
        }
        return places;
    }

    /** The zones there are now. */
    public Zones zones() {
        return zones;
    }

    /**
     * From now on names belong to these zones. What was kept below {@code changed} is forgotten, because somebody else answers for it.
     *
     * @param next made of {@link #zones} by {@link Zones#with} and {@link Zones#without}
     */
    public synchronized void use(Zones next, DomainName changed) {
        health = healthOf(next);
        zones = next;
        cache.removeBelow(changed);
    }

    /** Forgets all answers of agents, because what makes them complete has changed. */
    public void forgetConsul() {
        for (Zone zone : zones.all()) {
            if (!zone.suffix().equals(DomainName.ROOT)) {
                cache.removeBelow(zone.suffix());
            }
        }
    }

    /** What may be done with an answer that is kept. */
    public enum Use {
        /** Give it: its time is not over. */
        FRESH,
        /** Give it, and say that it is stale: its upstream failed, and is left alone for a moment. */
        STALE,
        /** Give SERVFAIL: its upstream failed, and is left alone for a moment. */
        FAILED,
        /** Nothing, before the upstream has been asked. */
        ASK
    }

    /** What may be done with {@code answer} at {@code now}. Takes no time; needs no thread in particular. */
    public Use use(CachedAnswer answer, long now) {
        if (answer.isFresh(now)) {
            return Use.FRESH;
        }
        Failure failure = answer.failure();
        if (failure == null) {
            return Use.ASK;
        }
        Zone zone = zones.all().get(answer.zone());
        ZoneHealth upstream = health[answer.zone()];
        if (failure.kind() == Kind.EMPTY) {
            return now - failure.since() < zone.stale().holdDown().toNanos() ? Use.STALE : Use.ASK;
        }
        if (upstream.isBackSince(failure.at())) {
            return Use.ASK;
        }
        boolean recent = upstream.isDown() || now - failure.retryAt() < FORGOTTEN_AFTER;
        if (recent && failure.servable() && isYoungEnough(answer, now)) {
            return Use.STALE;
        }
        return failure.kind() != Kind.LATE && now - failure.retryAt() < 0 ? Use.FAILED : Use.ASK;
    }

    /** Whether somebody should {@link #refresh} it, {@link #use} having found it {@link Use#STALE}. True for one of many callers at most times. */
    public boolean isRefreshDue(CachedAnswer answer, long now) {
        Failure failure = answer.failure();
        return failure != null && (now - failure.retryAt() >= 0 || health[answer.zone()].takesProbe(now));
    }

    /** Asks anew, in the background. Returns at once. */
    public void refresh(Question asked) {
        Question question = zones.of(asked).toAsk(asked);
        CachedAnswer kept = kept(question);
        Failure failure = kept == null ? null : kept.failure();
        if (kept == null || failure == null || flights.isUnderWay(question)) {
            return;
        }
        kept.failed(failure.retriedAt(clock.getAsLong() + LONGEST_FLIGHT));
        listener.refreshed(zones.all().get(kept.zone()), Refresh.STALE);
        timer.schedule(Duration.ZERO, () -> flights.join(question, flight -> depart(flight, kept)));
    }

    /**
     * Resolves.
     *
     * @return what to give the client; fails with an {@link UpstreamException} when there is nothing. Completed on a thread of the transport,
     *     or of the timer
     */
    public CompletableFuture<Resolution> resolve(Question asked) {
        Question question = zones.of(asked).toAsk(asked);
        CompletableFuture<Resolution> atOnce = atOnce(question);
        if (atOnce != null) {
            return atOnce;
        }
        return flights.join(question, flight -> {
                    // Another flight may have landed since.
                    CompletableFuture<Resolution> landed = atOnce(question);
                    if (landed == null) {
                        depart(flight, kept(question));
                    } else {
                        flights.land(flight);
                        follow(landed, flight);
                    }
                })
                .told();
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
        CachedAnswer kept = kept(question);
        if (kept == null) {
            return null;
        }
        long now = clock.getAsLong();
        Failure failure = kept.failure();
        return switch (use(kept, now)) {
            case FRESH -> CompletableFuture.completedFuture(Resolution.fresh(kept));
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

    /** What is kept for the client's network, else what is kept for everybody. */
    private @Nullable CachedAnswer kept(Question question) {
        CachedAnswer kept = cache.get(question);
        if (kept != null || !question.hasSubnet()) {
            return kept;
        }
        CachedAnswer everybodys = cache.get(question.withoutSubnet());
        return everybodys != null && everybodys.answers().isForEverySubnet() ? everybodys : null;
    }

    /** @param kept what is kept when the flight begins */
    private void depart(Flight flight, @Nullable CachedAnswer kept) {
        long now = clock.getAsLong();
        Zones current = zones;
        int place = current.find(flight.question());
        StalePolicy policy = current.all().get(place).stale();
        Attempt attempt = new Attempt(flight, place, now, failureThatCounts(kept, now));
        fetch(current, place, flight.question())
                .whenComplete((resolution, failure) -> land(attempt, resolution, failure));
        if (kept != null && !flight.told().isDone() && isServable(flight.question(), kept, now)) {
            timer.schedule(policy.patience(health[place].roundTrip()), () -> late(attempt));
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

    private @Nullable Failure failureThatCounts(@Nullable CachedAnswer kept, long now) {
        Failure failure = kept == null ? null : kept.failure();
        return failure == null
                        || failure.kind() == Kind.EMPTY
                        || health[kept.zone()].isBackSince(failure.at())
                        || now - failure.at() > LONGEST_FLIGHT + FORGOTTEN_AFTER
                ? null
                : failure;
    }

    /** The clients have waited long enough, if what there is for them is any use. The flight goes on. */
    private void late(Attempt attempt) {
        CachedAnswer kept = kept(attempt.question());
        if (kept == null || attempt.flight().told().isDone() || kept.storedAt() - attempt.departedAt() >= 0) {
            return;
        }
        long now = clock.getAsLong();
        if (isServable(attempt.question(), kept, now) && isYoungEnough(kept, now)) {
            Failure failure = failure(attempt, Kind.LATE, ExtendedError.NO_REACHABLE_AUTHORITY, null, true, now)
                    .retriedAt(attempt.departedAt() + LONGEST_FLIGHT);
            kept.failed(failure);
            attempt.flight().told().complete(Resolution.stale(kept, failure.reason()));
        }
    }

    private void land(Attempt attempt, @Nullable Resolution resolution, @Nullable Throwable failure) {
        CompletableFuture<Resolution> told = attempt.flight().told();
        if (resolution != null && isGood(resolution.answer().answers().rcode())) {
            flights.land(attempt.flight());
            told.complete(resolution);
            return;
        }
        Throwable cause = failure == null ? refusal(attempt, resolution) : cause(failure);
        Resolution stale = failed(attempt, cause);
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

    /** Remembers that there was no answer; returns the one to give all the same, null when there is none. */
    private @Nullable Resolution failed(Attempt attempt, Throwable cause) {
        Question question = attempt.question();
        CachedAnswer kept = kept(question);
        long now = clock.getAsLong();
        boolean servable = kept != null && isServable(question, kept, now);
        ExtendedError reason = reason(cause);
        if (cause instanceof UpstreamException upstream && isUpstreams(upstream)) {
            Kind kind = upstream.reason() == Reason.REFUSED ? Kind.REFUSED : Kind.SILENT;
            Failure failure = failure(attempt, kind, reason, upstream, servable, now);
            if (kept != null) {
                kept.failed(failure);
            } else if (zones.find(question) == attempt.place()) {
                AnswerSet nothing = VerbatimAnswer.failureOf(question);
                cache.put(question, new CachedAnswer(nothing, attempt.place(), now, failure));
            }
        }
        return kept != null && servable && isYoungEnough(kept, now) ? Resolution.stale(kept, reason) : null;
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
        StalePolicy policy = zones.all().get(attempt.place()).stale();
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

    /** Whether it was the upstream that failed, and not we. */
    private static boolean isUpstreams(UpstreamException failure) {
        return failure.reason() != Reason.OVERLOADED && failure.reason() != Reason.NO_UPSTREAM;
    }

    /** What a client is told of a failure; null where it is our own. */
    public static @Nullable ExtendedError reason(@Nullable Throwable failure) {
        if (!(failure instanceof UpstreamException upstream)) {
            return null;
        }
        return switch (upstream.reason()) {
            case TIMEOUT, UNREACHABLE, REFUSED, NO_EDNS, NO_UPSTREAM -> ExtendedError.NO_REACHABLE_AUTHORITY;
            case CLOSED, MISMATCHED -> ExtendedError.NETWORK_ERROR;
            case OVERLOADED -> null;
        };
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /**
     * Whether what is kept is worth giving past its time: data, and that there is none of this type at a name that has data of another,
     * because programs ask for both kinds of address at the same time. That a name does not exist is not.
     */
    private boolean isServable(Question question, CachedAnswer kept, long now) {
        AnswerSet answers = kept.answers();
        if (answers.rcode() != AnswerSet.NO_ERROR) {
            return false;
        }
        if (!answers.isNegative()) {
            return true;
        }
        for (int type : TYPES_OF_NAMES) {
            CachedAnswer other = cache.get(Question.of(question.name(), type, question.flags()));
            if (other != null && isData(other.answers()) && isYoungEnough(other, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isData(AnswerSet answers) {
        return answers.rcode() == AnswerSet.NO_ERROR && !answers.isNegative();
    }

    private boolean isYoungEnough(CachedAnswer answer, long now) {
        StalePolicy policy = zones.all().get(answer.zone()).stale();
        Duration longest = health[answer.zone()].isDown() ? policy.maxStaleUnreachable() : policy.maxStale();
        return answer.staleness(now) <= longest.toNanos() && !longest.isZero();
    }

    private static boolean isGood(int rcode) {
        return rcode == AnswerSet.NO_ERROR || rcode == AnswerSet.NAME_ERROR;
    }

    private CompletableFuture<Resolution> fetch(Zones current, int place, Question question) {
        Zone zone = current.all().get(place);
        return ask(zone, place, question)
                .thenCompose(message ->
                        new AliasCompletion(current).complete(question, message, rest -> fetchRest(current, rest, 1)))
                .thenApply(message -> keep(zone, place, question, message));
    }

    /** Asks the zone's upstream, and sees how it does. */
    private CompletableFuture<byte[]> ask(Zone zone, int place, Question question) {
        ZoneHealth upstream = health[place];
        long askedAt = clock.getAsLong();
        upstream.asked(askedAt);
        return zone.upstream().ask(question).whenComplete((reply, failure) -> {
            if (failure != null) {
                if (cause(failure) instanceof UpstreamException known && isUpstreams(known)) {
                    if (known.reason() == Reason.REFUSED) {
                        upstream.refused(askedAt);
                    } else {
                        upstream.silent(askedAt);
                    }
                }
            } else if (reply.length > Header.FLAGS + 1 && isGood(reply[Header.FLAGS + 1] & Header.RCODE_MASK)) {
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
            keep(zone, place, question, message);
            return message;
        });
    }

    private Resolution keep(Zone zone, int place, Question question, byte[] message) {
        long now = clock.getAsLong();
        CachedAnswer answer = new CachedAnswer(keep(zone, question, message), place, now);
        if (answer.answers() instanceof InstanceSet set && set.isPartial()) {
            listener.partial(zone);
        }
        // A failure is passed on, and never takes the place of data. What came while zones changed is not for later.
        if (isGood(answer.answers().rcode()) && zones.find(question) == place) {
            CachedAnswer held = heldDown(zone, question, answer, now);
            if (held != null) {
                return Resolution.stale(held, null);
            }
            cache.put(answer.answers().isForEverySubnet() ? question.withoutSubnet() : question, answer);
        }
        return Resolution.fresh(answer);
    }

    /** The last data, to be given although now there is nothing; null when that is to be believed. */
    private @Nullable CachedAnswer heldDown(Zone zone, Question question, CachedAnswer answer, long now) {
        long longest = zone.stale().holdDown().toNanos();
        CachedAnswer kept = longest > 0 && answer.answers().isNegative() ? kept(question) : null;
        if (kept == null || !isData(kept.answers()) || !isYoungEnough(kept, now)) {
            return null;
        }
        Failure before = kept.failure();
        boolean still = before != null && before.kind() == Kind.EMPTY;
        long since = still ? before.since() : now;
        if (now - since >= longest) {
            return null;
        }
        long retryAt = now + Math.min(HOLD_DOWN_RECHECK, longest - (now - since));
        kept.failed(new Failure(Kind.EMPTY, null, null, still ? before.times() + 1 : 1, since, now, retryAt, true));
        listener.heldDown(zone);
        return kept;
    }

    private static AnswerSet keep(Zone zone, Question question, byte[] message) {
        try {
            return zone.keep(question, message);
        } catch (MalformedMessageException malformed) {
            throw new CompletionException(
                    new UpstreamException(Reason.MISMATCHED, String.valueOf(malformed.getMessage())));
        }
    }

    /** The place, in the table of zones, of the zone that {@code question} belongs to. */
    public int zoneOf(Question question) {
        return zones.find(question);
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
