package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.CoherenceListener.Fallback;
import io.github.consulresolver.zone.WatchedName.Agreement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes answers coherent, and has them fetched again when they have changed.
 *
 * <p>An answer is covered by what somebody watches when it was asked for after the watched instances were known, and is what they make it; or
 * when it was covered, they have changed, and make it the same as before. When they make it another, it is given no more, and asked for
 * again, before anybody asks: once, and a few more times where the agent's DNS is behind its HTTP API.
 *
 * <p>What somebody watches is told by one thread; all else is called on any.
 */
public final class Coherence implements Vouching {
    /** Tags, types and domains of one service: there are few, but tags are free to make up. */
    private static final int MOST_QUESTIONS = 200;

    /** So many services are waited for; of more it is heard when somebody asks. */
    private static final int MOST_EXPECTED = 10_000;

    /** What nobody has asked for so long is not fetched again. */
    private static final long IN_USE = TimeUnit.SECONDS.toNanos(60);

    /** Between attempts to get an answer that agrees; in milliseconds. Servers are behind by less than that, or for long. */
    private static final int[] PAUSES = {1, 5, 20, 50, 100, 200, 400, 800};

    private final Resolver resolver;
    private final AnswerCache cache;
    private final LongSupplier clock;
    private final Timer timer;
    private final Consumer<CatalogName> interest;
    private final CoherenceListener listener;
    private final ConcurrentMap<CatalogName, Service> services = new ConcurrentHashMap<>();
    /** Kinds of which what was looked at is doubted. */
    private final Set<CatalogName.Kind> tailLost = ConcurrentHashMap.newKeySet();

    private volatile Optional<String> datacenter = Optional.empty();

    /**
     * @param resolver of which it will see what is asked and fetched
     * @param clock the time, in the nanoseconds of {@link System#nanoTime}
     * @param interest hears of each question about what could be watched. On any thread
     */
    public Coherence(
            Resolver resolver,
            AnswerCache cache,
            LongSupplier clock,
            Timer timer,
            Consumer<CatalogName> interest,
            CoherenceListener listener) {
        this.resolver = resolver;
        this.cache = cache;
        this.clock = clock;
        this.timer = timer;
        this.interest = interest;
        this.listener = listener;
    }

    /** From now on it sees what the resolver does. */
    public void start() {
        resolver.vouch(this);
    }

    /** The instances a service has, until {@code coverage} ends. */
    private record Instances(List<CatalogInstance> all, Coverage coverage) {}

    /** A service that is watched, and what was asked of it. */
    private static final class Service {
        private final Map<Question, Asked> questions = new ConcurrentHashMap<>();
        private volatile @Nullable Instances instances;
        private volatile boolean lost;
        /** Nobody watches it, but whether anything changes at all. */
        private volatile boolean tail;
    }

    /** What came last, and when it was asked for. */
    private record Fetched(CachedAnswer answer, long askedAt) {}

    /** A question about a service, and what is being done for it. */
    private static final class Asked {
        private final WatchedName name;
        private volatile long usedAt;
        private volatile @Nullable Fetched last;
        /** Attempts to get an answer that agrees; as long as it is not 0 one is under way or due. */
        private int attempts;

        private long changedAt;
        /** With what no answer agreed, in spite of all attempts. */
        private @Nullable Coverage givenUp;

        Asked(WatchedName name, long now) {
            this.name = name;
            usedAt = now;
        }

        boolean agrees(CachedAnswer answer, Instances instances) {
            return name.compare(answer, instances.all) == Agreement.AGREES;
        }

        boolean wasFetchedWithin(Coverage coverage, CachedAnswer answer) {
            Fetched fetched = last;
            return fetched != null && fetched.answer == answer && fetched.askedAt - coverage.began() >= 0;
        }
    }

    /**
     * {@code service} has these instances, and as long as {@code coverage} holds it has them still.
     *
     * @param all those that the agent's DNS knows, whatever their tags; a node is the only one of its own
     */
    public void known(CatalogName service, List<CatalogInstance> all, Coverage coverage) {
        known(service, all, coverage, false);
    }

    /**
     * The same of a service that nobody watches: it was looked at while {@code coverage} held, which covers others, too, and of whose end nobody
     * is told.
     */
    public void checked(CatalogName service, List<CatalogInstance> all, Coverage coverage) {
        known(service, all, coverage, true);
    }

    private void known(CatalogName service, List<CatalogInstance> all, Coverage coverage, boolean tail) {
        Service known = services.computeIfAbsent(service, first -> new Service());
        known.tail = tail;
        Instances before = known.instances;
        Instances after = new Instances(all, coverage);
        known.instances = after;
        known.lost = false;
        known.questions.values().forEach(asked -> changed(known, asked, before, after));
    }

    private void changed(Service service, Asked asked, @Nullable Instances before, Instances after) {
        Question question = asked.name.question();
        CachedAnswer answer = cache.get(question);
        if (answer == null) {
            service.questions.remove(question);
            return;
        }
        if (answer.coverage() == after.coverage) {
            // It has come since.
            return;
        }
        long now = clock.getAsLong();
        if (isAsBefore(service, asked, answer, before, after, now)
                || service.tail && asked.wasFetchedWithin(after.coverage, answer) && asked.agrees(answer, after)) {
            answer.cover(after.coverage);
            return;
        }
        boolean differs = asked.name.compare(answer, after.all) == Agreement.DISAGREES;
        if (differs) {
            answer.cover(Coverage.denied(now));
        }
        if (!isInUse(asked, answer, now)) {
            service.questions.remove(question);
            return;
        }
        synchronized (asked) {
            asked.changedAt = differs ? now : 0;
            // Whoever is under way will find that it does not agree, and has as many attempts as if it began now.
            asked.attempts = Math.min(asked.attempts, 1);
        }
        fetchAgain(service, asked);
    }

    /** Whether it agreed with what was known, and what is known makes it the same. */
    private static boolean isAsBefore(
            Service service, Asked asked, CachedAnswer answer, @Nullable Instances before, Instances after, long now) {
        return before != null
                && answer.coverage() == before.coverage
                && (service.tail || before.coverage.isChanged() || before.coverage.holds(now))
                && (before.all.equals(after.all) || asked.name.isTheSame(before.all, after.all));
    }

    private static boolean isInUse(Asked asked, CachedAnswer answer, long now) {
        if (answer.takeUse()) {
            asked.usedAt = now;
        }
        return now - asked.usedAt < IN_USE;
    }

    /** Unless that is being done. */
    private void fetchAgain(Service service, Asked asked) {
        synchronized (asked) {
            if (asked.attempts > 0) {
                return;
            }
            asked.attempts = 1;
        }
        fetchAgain(service, asked, Duration.ZERO);
    }

    private void fetchAgain(Service service, Asked asked, Duration pause) {
        timer.schedule(
                pause,
                () -> resolver.renew(asked.name.question())
                        .whenComplete((answer, failure) -> next(service, asked, failure)));
    }

    private void next(Service service, Asked asked, @Nullable Throwable failure) {
        Instances instances = service.instances;
        CachedAnswer answer = cache.get(asked.name.question());
        if (failure != null
                || instances == null
                || answer == null
                || hasPassed(service, instances)
                || isDone(asked, answer, instances)) {
            synchronized (asked) {
                asked.attempts = 0;
            }
            return;
        }
        int attempts;
        synchronized (asked) {
            attempts = asked.attempts;
            boolean last = attempts > PAUSES.length;
            asked.attempts = last ? 0 : attempts + 1;
            asked.givenUp = last ? instances.coverage : asked.givenUp;
        }
        if (attempts <= PAUSES.length) {
            fetchAgain(service, asked, Duration.ofMillis(PAUSES[attempts - 1]));
        } else {
            listener.fallsBack(Fallback.DISAGREES);
            answer.cover(null);
        }
    }

    /** Of what was only looked at, nobody tells that it is of no use any more. */
    private boolean hasPassed(Service service, Instances instances) {
        return service.tail && !instances.coverage.holds(clock.getAsLong());
    }

    private static boolean isDone(Asked asked, CachedAnswer answer, Instances instances) {
        return answer.coverage() == instances.coverage
                || asked.name.compare(answer, instances.all) == Agreement.NOT_COMPARABLE;
    }

    /**
     * A service's instances are not known any more.
     *
     * @param lost whether because the agent has died, so that what it says when it is back may be of long ago
     */
    public void unknown(CatalogName service, boolean lost) {
        Service known = services.get(service);
        if (known != null) {
            known.instances = null;
            known.lost |= lost;
        }
    }

    /** The datacenter of the agent, in lower case: names that have it are as good as those without. */
    public void isIn(String own) {
        datacenter = Optional.of(own);
    }

    private Optional<WatchedName> watched(Zone zone, Question question) {
        return zone.watched(question).filter(name -> name.isIn(datacenter));
    }

    /**
     * Whether what the agent says may be of long ago, of things of this kind that nobody watches, but which were looked at.
     *
     * @param lost whether it has died, and nobody knows yet whether anything has changed since
     */
    public void doubtTail(CatalogName.Kind kind, boolean lost) {
        if (lost) {
            tailLost.add(kind);
        } else {
            tailLost.remove(kind);
        }
    }

    /** Nobody watches a service any more. */
    public void forget(CatalogName service) {
        services.remove(service);
    }

    /** Whether anybody has asked for a service that is watched since this was called last. By the one thread that tells of it. */
    public boolean isUsed(CatalogName service) {
        Service known = services.get(service);
        if (known == null) {
            return false;
        }
        long now = clock.getAsLong();
        boolean used = false;
        for (Asked asked : known.questions.values()) {
            CachedAnswer answer = cache.get(asked.name.question());
            if (answer != null && answer.takeUse()) {
                asked.usedAt = now;
                used = true;
            }
        }
        return used;
    }

    @Override
    public void asked(Zone zone, Question question) {
        watched(zone, question).ifPresent(name -> {
            interest.accept(name.what());
            Service service = services.get(name.what());
            if (service != null) {
                ask(service, name).usedAt = clock.getAsLong();
            }
        });
    }

    @Override
    public void verify(Zone zone, Question question) {
        watched(zone, question).ifPresent(name -> {
            interest.accept(name.what());
            Service service = expected(name.what());
            if (service != null) {
                verify(service, ask(service, name));
            }
        });
    }

    /** A service that may be known soon: who relies on it must not miss that. */
    private @Nullable Service expected(CatalogName what) {
        Service known = services.get(what);
        return known != null || services.size() >= MOST_EXPECTED
                ? known
                : services.computeIfAbsent(what, first -> new Service());
    }

    private void verify(Service service, Asked asked) {
        asked.usedAt = clock.getAsLong();
        Instances instances = service.instances;
        CachedAnswer answer = cache.get(asked.name.question());
        if (instances != null
                && answer != null
                && !hasPassed(service, instances)
                && !isHopeless(asked, instances)
                && !isDone(asked, answer, instances)) {
            changed(service, asked, null, instances);
        }
    }

    private static boolean isHopeless(Asked asked, Instances instances) {
        synchronized (asked) {
            return asked.givenUp == instances.coverage;
        }
    }

    private Asked ask(Service service, WatchedName name) {
        Asked known = service.questions.get(name.question());
        if (known != null) {
            return known;
        }
        Asked added = new Asked(name, clock.getAsLong());
        if (service.questions.size() < MOST_QUESTIONS) {
            Asked other = service.questions.putIfAbsent(name.question(), added);
            return other == null ? added : other;
        }
        return added;
    }

    @Override
    public void fetched(Zone zone, Question question, CachedAnswer answer, long askedAt) {
        Optional<WatchedName> name = watched(zone, question);
        Service service = name.map(known -> services.get(known.what())).orElse(null);
        Instances instances = service == null ? null : service.instances;
        if (name.isEmpty() || service == null || instances == null) {
            return;
        }
        Asked asked = ask(service, name.get());
        if (!service.questions.containsKey(question)) {
            // One too many to be told of changes.
            return;
        }
        asked.last = new Fetched(answer, askedAt);
        if (hasPassed(service, instances)) {
            return;
        }
        long now = clock.getAsLong();
        switch (asked.name.compare(answer, instances.all)) {
            case AGREES -> {
                if (askedAt - instances.coverage.began() >= 0) {
                    answer.cover(instances.coverage);
                    covered(asked, now);
                } else {
                    fetchAgain(service, asked);
                }
            }
            case DISAGREES -> {
                if (!isHopeless(asked, instances)) {
                    answer.cover(Coverage.denied(now));
                    fetchAgain(service, asked);
                }
            }
            case NOT_COMPARABLE -> listener.fallsBack(Fallback.NOT_COMPARABLE);
        }
    }

    private void covered(Asked asked, long now) {
        long changedAt;
        synchronized (asked) {
            changedAt = asked.changedAt;
            if (changedAt == 0 || now - changedAt < 0) {
                // Or it has changed again meanwhile: that is not in this answer.
                return;
            }
            asked.changedAt = 0;
        }
        listener.renewed(now - changedAt);
    }

    @Override
    public boolean isDoubtful(Zone zone, Question question) {
        return watched(zone, question).map(WatchedName::what).map(this::isLost).orElse(false);
    }

    private boolean isLost(CatalogName what) {
        Service known = services.get(what);
        if (known == null) {
            return false;
        }
        return known.tail ? tailLost.contains(what.kind()) : known.lost;
    }
}
