package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.Loop;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches what is asked for most, over as many connections as it may have.
 *
 * <p>Each second it is noted what was asked for in it. What was asked for in more of the last 60 seconds comes first; what was asked for in none
 * of them is watched no longer. An agent that shows that it has too many connections has half of ours back, and is asked for one more a minute
 * later, and so on. While the {@link Pulse} does not beat nothing is watched.
 *
 * <p>What is asked for, and has no place, is looked at once, and is known from then on until something changes in its {@link Scope}: the {@link
 * Tail}. There is one for each scope; it has connections when there is need of them.
 *
 * <p>{@link #asked} may be called on any thread, all else belongs to the loop's.
 *
 * @param <K> what is watched
 * @param <T> what is known of it
 */
public final class Watches<K, T> implements AutoCloseable {
    /** Names that are not watched, but might be: whoever makes them up asks for each once, and those are forgotten first. */
    private static final int MOST_CANDIDATES = 10_000;

    /** Once may be by chance. */
    private static final int LEAST_ASKED = 2;

    /** By so many seconds of the last 60 something has to be asked for more, to take the place of something else. */
    private static final int MARGIN = 15;

    private static final Duration TICK = Duration.ofSeconds(1);
    private static final int HISTORY = 60;
    private static final long ALL = (1L << HISTORY) - 1;

    /** A watch that cannot connect for so long, while the pulse can, is one too many. */
    private static final int TICKS_LOST = 5;

    private static final int TICKS_UNTIL_ONE_MORE = 60;

    /** An agent that is back gets all watches at once, and so do its servers from all its neighbours. */
    private static final Duration SPREAD = Duration.ofMillis(250);

    private final Supplier<AgentLine> lines;
    private final Loop loop;
    private final Function<K, WatchQuery<T>> queries;
    private final int most;
    private final RandomGenerator random;
    private final Listener<K, T> listener;
    private final Lease lease;
    private final Pulse pulse;
    private final Function<K, Scope> scopes;
    private final Map<Scope, Tail<K, T>> tails = new EnumMap<>(Scope.class);
    private final ConcurrentMap<K, Candidate> candidates = new ConcurrentHashMap<>();
    private final Map<K, Place> places = new HashMap<>();
    private int budget;
    private int quietTicks;
    private boolean beats;
    private boolean closed;
    private volatile boolean full;
    private volatile Map<WatchState, Integer> states = Map.of();
    private volatile Map<WatchState, Integer> signals = Map.of();

    /** Hears of it, on the loop's thread. */
    public interface Listener<K, T> {
        /** This is how it stands with {@code what}, until {@code coverage} ends. */
        void covers(K what, T body, Coverage coverage);

        /** It is not known any more how it stands with {@code what}. */
        void uncovered(K what, WatchState state, String reason);

        /**
         * Nobody watches {@code what} itself. But it was looked at, and this is how it stands until {@code coverage} ends; it ends for all that
         * was looked at, and that is not told of each.
         */
        void checked(K what, T body, Coverage coverage);

        /** Nobody watches {@code what} any more, because it is not asked for, or others are asked for more. */
        void dropped(K what);

        /** Whether something that is covered was used since this was called last. */
        boolean isUsed(K what);

        /** The agent can be watched. */
        void begins();

        /**
         * It cannot, or not any more. Told once for each reason in a row.
         *
         * @param state LOST, SILENT, LEADERLESS, DOUBTFUL, CROWDED or REFUSED
         * @param reason one line
         */
        void stops(WatchState state, String reason);

        /** What has no watch of its own can be looked at. Told after each change in its scope. */
        void tailBegins(Scope scope);

        /** It cannot be known any more how it stands with what has no watch of its own. */
        void tailStops(Scope scope, WatchState state, String reason);

        /** For a while it is not known, because the catalog changes all the time. */
        void tailSuspended(Scope scope);

        /** The agent has too many connections; from now on there are at most {@code budget}. */
        void crowded(int budget);
    }

    private static final class Candidate {
        private final AtomicInteger asked = new AtomicInteger();
        private volatile long history;
        private int recently;

        int worth() {
            return Long.bitCount(history);
        }

        boolean isWorthIt() {
            return worth() >= LEAST_ASKED || recently >= LEAST_ASKED;
        }
    }

    private final class Place implements WatchListener<T> {
        private final K what;
        private final AgentLine line = lines.get();
        private final Watch<T> watch;
        private long history;
        private int lostTicks;

        Place(K what, long history) {
            this.what = what;
            this.history = history;
            watch = new Watch<>(queries.apply(what), line, loop, lease, random, this);
        }

        @Override
        public void covers(T body, Coverage coverage) {
            listener.covers(what, body, coverage);
        }

        @Override
        public void uncovered(WatchState state, String reason) {
            listener.uncovered(what, state, reason);
            if (state == WatchState.CROWDED) {
                loop.execute(Watches.this::crowd);
            }
        }

        void tick(boolean used) {
            history = (history << 1 | (used ? 1 : 0)) & ALL;
            lostTicks = watch.state() == WatchState.LOST ? lostTicks + 1 : 0;
        }

        int worth() {
            return Long.bitCount(history);
        }
    }

    /**
     * Nothing is watched yet.
     *
     * @param lines makes connections
     * @param queries how something is asked for
     * @param scopes what can change for something
     * @param most how many watches there may be; 1 or more
     */
    public Watches(
            Supplier<AgentLine> lines,
            Loop loop,
            Function<K, WatchQuery<T>> queries,
            Function<K, Scope> scopes,
            int most,
            RandomGenerator random,
            Listener<K, T> listener) {
        this.lines = lines;
        this.loop = loop;
        this.queries = queries;
        this.scopes = scopes;
        this.most = most;
        this.random = random;
        this.listener = listener;
        budget = most;
        lease = new Lease(loop.now());
        pulse = new Pulse(lines.get(), loop, lease, random, new Beat());
        for (Scope scope : Scope.values()) {
            tails.put(scope, new Tail<>(scope, lines, loop, queries, lease, random, new TailHearing(scope)));
        }
    }

    private Tail<K, T> tail(K what) {
        return Objects.requireNonNull(tails.get(scopes.apply(what)));
    }

    private Collection<Tail<K, T>> tails() {
        return tails.values();
    }

    /** Starts it; once. */
    public void start() {
        pulse.start();
        loop.after(TICK, this::tick);
    }

    /** Somebody asks for something that is not known to be true. On any thread. */
    public void asked(K what) {
        Candidate candidate = candidate(what);
        if (candidate == null) {
            return;
        }
        int times = candidate.asked.incrementAndGet();
        if (full || !scopes.apply(what).isWatchable()) {
            // What is made up is asked for once.
            if (times >= LEAST_ASKED || candidate.history != 0) {
                tail(what).asked(what);
            }
        } else if (times == LEAST_ASKED) {
            // If there is room it need not wait.
            loop.execute(() -> {
                if (places.size() < budget) {
                    watch(what, 1);
                }
            });
        }
    }

    private @Nullable Candidate candidate(K what) {
        Candidate candidate = candidates.get(what);
        return candidate != null || candidates.size() >= MOST_CANDIDATES
                ? candidate
                : candidates.computeIfAbsent(what, first -> new Candidate());
    }

    private void watch(K what, long history) {
        if (beats && !closed && !places.containsKey(what)) {
            Place place = new Place(what, history);
            places.put(what, place);
            place.watch.start();
            full = places.size() >= budget;
        }
    }

    /** Who was asked for before the agent was known to be well need not wait for the next second; where not all have room, that is when the best are known. */
    private void beginIfAllFit() {
        List<K> asked = candidates.entrySet().stream()
                .filter(entry -> entry.getValue().asked.get() >= LEAST_ASKED)
                .map(Map.Entry::getKey)
                .filter(what -> scopes.apply(what).isWatchable())
                .toList();
        if (places.size() + asked.size() <= budget) {
            asked.forEach(what -> watch(what, 1));
        }
    }

    private void tick() {
        if (closed) {
            return;
        }
        loop.after(TICK, this::tick);
        List.copyOf(places.values()).forEach(place -> {
            Candidate candidate = candidates.remove(place.what);
            boolean used = listener.isUsed(place.what) || candidate != null && candidate.asked.get() > 0;
            place.tick(used);
            if (place.history == 0) {
                drop(place);
            }
        });
        Set<K> looked = new HashSet<>();
        tails().forEach(tail -> looked.addAll(tail.known()));
        looked.forEach(this::lookForUse);
        boolean crowded = candidates.size() > MOST_CANDIDATES / 2;
        candidates.forEach((what, candidate) -> {
            candidate.recently = candidate.asked.getAndSet(0);
            candidate.history = (candidate.history << 1 | (candidate.recently > 0 ? 1 : 0)) & ALL;
            if (candidate.history == 0 || crowded && !candidate.isWorthIt() && !looked.contains(what)) {
                candidates.remove(what, candidate);
            }
        });
        looked.forEach(this::forget);
        tails.forEach((scope, tail) -> {
            if (tail.isOfNoUse() && candidates.keySet().stream().noneMatch(what -> scopes.apply(what) == scope)) {
                tail.end();
            }
        });
        if (beats) {
            if (places.values().stream().anyMatch(place -> place.lostTicks >= TICKS_LOST)) {
                crowd();
            } else if (++quietTicks >= TICKS_UNTIL_ONE_MORE && budget < most) {
                quietTicks = 0;
                budget++;
                full = false;
            }
            fill();
        }
        count();
    }

    /** What has no watch of its own may have been given to clients without anybody asking. */
    private void lookForUse(K what) {
        if (!places.containsKey(what) && listener.isUsed(what)) {
            Candidate candidate = candidate(what);
            if (candidate != null) {
                candidate.asked.incrementAndGet();
            }
        }
    }

    private void forget(K what) {
        if (places.containsKey(what)) {
            tail(what).drop(what);
        } else if (!candidates.containsKey(what)) {
            tail(what).drop(what);
            listener.dropped(what);
        }
    }

    /** Gives the places that are free to those who are asked for most, and one that is not to somebody who is asked for much more. */
    private void fill() {
        List<Map.Entry<K, Candidate>> best = candidates.entrySet().stream()
                .filter(entry -> !places.containsKey(entry.getKey()))
                .filter(entry -> scopes.apply(entry.getKey()).isWatchable())
                .filter(entry -> entry.getValue().isWorthIt())
                .sorted(Comparator.comparingInt((Map.Entry<K, Candidate> entry) ->
                                entry.getValue().worth())
                        .thenComparingInt(entry -> entry.getValue().recently)
                        .reversed())
                .limit(budget)
                .toList();
        for (Map.Entry<K, Candidate> entry : best) {
            if (places.size() >= budget) {
                Optional<Place> worst = worst();
                if (worst.isEmpty()
                        || worst.get().worth() + MARGIN > entry.getValue().worth()) {
                    return;
                }
                drop(worst.get());
            }
            watch(entry.getKey(), entry.getValue().history);
        }
    }

    private Optional<Place> worst() {
        return places.values().stream().min(Comparator.comparingInt(Place::worth));
    }

    private void drop(Place place) {
        place.watch.close();
        places.remove(place.what);
        full = places.size() >= budget;
        Candidate candidate = place.history == 0 ? null : candidate(place.what);
        if (candidate != null) {
            candidate.history = place.history;
        }
        tail(place.what).need(place.what);
        listener.dropped(place.what);
    }

    /** Gives half of the connections back. */
    private void crowd() {
        if (closed || places.isEmpty()) {
            return;
        }
        quietTicks = 0;
        budget = Math.max(1, Math.min(budget, places.size()) / 2);
        while (places.size() > budget) {
            worst().ifPresent(this::drop);
        }
        full = places.size() >= budget;
        places.values().forEach(place -> place.lostTicks = 0);
        listener.crowded(budget);
    }

    private void count() {
        Map<WatchState, Integer> counted = new EnumMap<>(WatchState.class);
        places.values().forEach(place -> counted.merge(place.watch.state(), 1, Integer::sum));
        states = Map.copyOf(counted);
        Map<WatchState, Integer> moved = new EnumMap<>(WatchState.class);
        tails().forEach(tail -> tail.states().forEach((state, number) -> moved.merge(state, number, Integer::sum)));
        signals = Map.copyOf(moved);
    }

    /** How many watches are in each state, a second ago at most; without those of which there are none. On any thread. */
    public Map<WatchState, Integer> states() {
        return states;
    }

    /** How many of the datacenter's signals are in each state, a second ago at most. On any thread. */
    public Map<WatchState, Integer> signals() {
        return signals;
    }

    /** How many things without a watch of their own are known, since the datacenter's signals moved last. On any thread. */
    public int tailCovered() {
        return tails().stream().mapToInt(Tail::covered).sum();
    }

    /** How many were asked for since then and are not known, because it was not their turn yet. On any thread. */
    public int tailWaiting() {
        return tails().stream().mapToInt(Tail::waiting).sum();
    }

    /** So many nodes of the datacenter may be asking as this one does, 1 or more: the more there are, the less each of them asks. */
    public void nodes(int number) {
        tails().forEach(tail -> tail.nodes(number));
    }

    /** What was looked at has to be looked at again, for a reason that the agent does not know. */
    public void renewTail() {
        tails().forEach(Tail::renew);
    }

    private final class TailHearing implements Tail.Listener<K, T> {
        private final Scope scope;

        TailHearing(Scope scope) {
            this.scope = scope;
        }

        @Override
        public boolean isNeeded(K what) {
            return !places.containsKey(what);
        }

        @Override
        public void checked(K what, T body, Coverage coverage) {
            listener.checked(what, body, coverage);
        }

        @Override
        public void begins() {
            listener.tailBegins(scope);
        }

        @Override
        public void stops(WatchState state, String reason) {
            listener.tailStops(scope, state, reason);
        }

        @Override
        public void suspended() {
            listener.tailSuspended(scope);
        }

        @Override
        public void crowded() {
            crowd();
        }
    }

    private final class Beat implements Pulse.Listener {
        @Override
        public void beats() {
            beats = true;
            listener.begins();
            tails().forEach(Tail::open);
            beginIfAllFit();
            new ArrayList<>(places.values())
                    .forEach(place -> loop.after(Duration.ofNanos(random.nextLong(SPREAD.toNanos())), () -> {
                        if (beats && places.get(place.what) == place) {
                            place.watch.start();
                        }
                    }));
        }

        @Override
        public void missed(WatchState state, String reason) {
            beats = false;
            tails().forEach(Tail::close);
            places.values().forEach(place -> {
                place.watch.close();
                listener.uncovered(place.what, state, reason);
            });
            listener.stops(state, reason);
        }
    }

    /** Ends all of it. */
    @Override
    public void close() {
        closed = true;
        pulse.close();
        tails().forEach(Tail::close);
        List.copyOf(places.values()).forEach(this::drop);
    }
}
