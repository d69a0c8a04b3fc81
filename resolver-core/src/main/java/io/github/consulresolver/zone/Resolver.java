package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.SingleFlight;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers what the cache has no fresh answer to: one flight to the zone's upstream, whoever asks and however many.
 *
 * <p>Whatever the upstream says is kept, also with TTL 0. Then it is no answer for later, but the last thing known of the name.
 *
 * <p>Thread-safe.
 */
public final class Resolver {
    /** Questions under way at one time: at 4.5 s each, two thousand new ones a second. */
    private static final int MOST_FLIGHTS = 10_000;

    /** Borders that one answer may cross. A chain that crosses more is a mistake, or a loop. */
    private static final int MOST_CROSSINGS = 4;

    private final AnswerCache cache;
    private final LongSupplier clock;
    private final ResolverListener listener;
    private volatile Zones zones;
    private final SingleFlight<CachedAnswer> flights = new SingleFlight<>(MOST_FLIGHTS);

    /** @param clock the time, in the nanoseconds of {@link System#nanoTime} */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock) {
        this(zones, cache, clock, ResolverListener.NONE);
    }

    /** The same with somebody who listens. */
    public Resolver(Zones zones, AnswerCache cache, LongSupplier clock, ResolverListener listener) {
        this.zones = zones;
        this.cache = cache;
        this.clock = clock;
        this.listener = listener;
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
    public void use(Zones next, DomainName changed) {
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

    /**
     * Resolves.
     *
     * @return the answer; fails with an {@link UpstreamException} when none could be had. Completed on a thread of the transport
     */
    public CompletableFuture<CachedAnswer> resolve(Question asked) {
        Question question = zones.of(asked).toAsk(asked);
        return flights.join(question, () -> {
            // Another flight may have landed since the caller looked.
            CachedAnswer cached = cached(question);
            return cached != null && cached.isFresh(clock.getAsLong())
                    ? CompletableFuture.completedFuture(cached)
                    : fetch(question);
        });
    }

    /** What is kept for the client's network, else what is kept for everybody. */
    private @Nullable CachedAnswer cached(Question question) {
        CachedAnswer cached = cache.get(question);
        if (cached != null || !question.hasSubnet()) {
            return cached;
        }
        CachedAnswer everybodys = cache.get(question.withoutSubnet());
        return everybodys != null && everybodys.answers().isForEverySubnet() ? everybodys : null;
    }

    private CompletableFuture<CachedAnswer> fetch(Question question) {
        Zones current = zones;
        int place = current.find(question);
        Zone zone = current.all().get(place);
        return zone.upstream()
                .ask(question)
                .thenCompose(message ->
                        new AliasCompletion(current).complete(question, message, rest -> fetchRest(current, rest, 1)))
                .thenApply(message -> keep(zone, place, question, message));
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
        CompletableFuture<byte[]> reply = zone.upstream().ask(question);
        CompletableFuture<byte[]> whole = crossings == MOST_CROSSINGS
                ? reply
                : reply.thenCompose(message -> new AliasCompletion(current)
                        .complete(question, message, rest -> fetchRest(current, rest, crossings + 1)));
        return whole.thenApply(message -> {
            keep(zone, place, question, message);
            return message;
        });
    }

    private CachedAnswer keep(Zone zone, int place, Question question, byte[] message) {
        CachedAnswer answer = new CachedAnswer(keep(zone, question, message), place, clock.getAsLong());
        if (answer.answers() instanceof InstanceSet set && set.isPartial()) {
            listener.partial(zone);
        }
        int rcode = answer.answers().rcode();
        // A failure is passed on, and never takes the place of data. What came while zones changed is not for later.
        if ((rcode == AnswerSet.NO_ERROR || rcode == AnswerSet.NAME_ERROR) && zones.find(question) == place) {
            cache.put(answer.answers().isForEverySubnet() ? question.withoutSubnet() : question, answer);
        }
        return answer;
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
