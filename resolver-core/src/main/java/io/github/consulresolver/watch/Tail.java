package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.agent.Loop;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Knows how things stand that have no watch of their own: each is looked at once, and then it is as it was until one of the {@link Signals}
 * moves.
 *
 * <p>That holds because of the order: what is looked at was asked for after all signals had said where they stand, and of the leader, after it
 * has made sure that it is one ({@code ?consistent}). So what came is not older than where the signals stood, and what has happened since
 * makes one of them move.
 *
 * <p>A move ends all that was known at once, and looks at nothing: a thing is looked at again when somebody asks for it, over few
 * connections, and not faster than a pace. {@link #asked} may be called on any thread, all else belongs to the loop's.
 *
 * @param <K> what is looked at
 * @param <T> what is known of it
 */
final class Tail<K, T> implements AutoCloseable {
    /** More of them are not looked at. */
    private static final int MOST = 10_000;

    private static final int LINES = 2;

    /** So many looks at once, and 100 a second in the long run. */
    private static final int BURST = 200;

    private static final Duration INTERVAL = Duration.ofMillis(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Loop loop;
    private final Function<K, WatchQuery<T>> queries;
    private final RandomGenerator random;
    private final Listener<K, T> listener;
    private final Signals signals;
    private final Pace pace;
    private final Queue<AgentLine> idle = new ArrayDeque<>();
    private final List<AgentLine> lines;
    private final Queue<K> due = new ArrayDeque<>();
    private final Set<K> known = new HashSet<>();
    private volatile @Nullable Epoch<K> epoch;
    private volatile boolean wanted;
    private boolean open;
    private int failures;
    private Loop.@Nullable Alarm alarm;

    /** Hears of it, on the loop's thread. */
    interface Listener<K, T> {
        /** Whether nobody else knows of {@code what} already. */
        boolean isNeeded(K what);

        /** This is how it stands with {@code what}, until {@code coverage} ends. */
        void checked(K what, T body, Coverage coverage);

        /** From now on things can be looked at. */
        void begins();

        /** It is not known any more how it stands with anything, or, if it was not, there is another reason for that. */
        void stops(WatchState state, String reason);

        /** Things change more often than it is worth looking at them; for a while nobody does. */
        void suspended();

        /** The agent has too many connections. */
        void crowded();
    }

    /** The time between two moves, what was asked for in it, how much of that is known, and how much need not or cannot be. */
    private static final class Epoch<K> {
        private final Coverage coverage;
        private final Set<K> asked = ConcurrentHashMap.newKeySet();
        private final Set<K> checked = ConcurrentHashMap.newKeySet();
        private final AtomicInteger left = new AtomicInteger();

        Epoch(Coverage coverage) {
            this.coverage = coverage;
        }
    }

    /** One that looks at nothing yet. */
    Tail(
            Scope scope,
            Supplier<AgentLine> lines,
            Loop loop,
            Function<K, WatchQuery<T>> queries,
            Lease lease,
            RandomGenerator random,
            Listener<K, T> listener) {
        this.loop = loop;
        this.queries = queries;
        this.random = random;
        this.listener = listener;
        signals = new Signals(scope, lines, loop, lease, random, new Hearing());
        pace = new Pace(loop.now(), BURST, INTERVAL);
        for (int i = 0; i < LINES; i++) {
            idle.add(lines.get());
        }
        this.lines = List.copyOf(idle);
    }

    private final class Hearing implements Signals.Listener {
        @Override
        public void covers(Coverage all) {
            forget();
            epoch = new Epoch<>(all);
            listener.begins();
        }

        @Override
        public void uncovered(WatchState state, String reason) {
            forget();
            listener.stops(state, reason);
            if (state == WatchState.CROWDED) {
                loop.execute(listener::crowded);
            }
        }

        @Override
        public void suspended() {
            forget();
            listener.suspended();
        }
    }

    private void forget() {
        epoch = null;
        due.clear();
    }

    /** The agent is well. */
    void open() {
        open = true;
        if (wanted) {
            signals.start();
        }
    }

    /** It is not. Nobody is told: whoever does it knows. */
    @Override
    public void close() {
        open = false;
        rest();
    }

    private void rest() {
        signals.close();
        forget();
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
        // Nobody hears any more of what is under way.
        lines.forEach(AgentLine::close);
        idle.clear();
        idle.addAll(lines);
    }

    /** Somebody asks for something that is not known to be true, and has no watch. On any thread. */
    void asked(K what) {
        Epoch<K> now = epoch;
        if (now != null && now.asked.size() < MOST && now.asked.add(what)) {
            loop.execute(() -> look(what, now));
        } else if (!wanted) {
            wanted = true;
            loop.execute(() -> {
                if (open) {
                    signals.start();
                }
            });
        }
    }

    private void look(K what, Epoch<K> when) {
        if (when != epoch) {
            return;
        }
        if (listener.isNeeded(what)) {
            due.add(what);
            look();
        } else {
            when.left.incrementAndGet();
        }
    }

    private void look() {
        while (alarm == null && !due.isEmpty() && !idle.isEmpty()) {
            Duration wait = pace.turn(loop.now());
            if (wait.isZero()) {
                lookAtNext();
            } else {
                later(wait, this::lookAtNext);
            }
        }
    }

    private void later(Duration delay, Runnable task) {
        alarm = loop.after(delay, () -> {
            alarm = null;
            task.run();
            look();
        });
    }

    private void lookAtNext() {
        Epoch<K> when = epoch;
        if (when == null || due.isEmpty()) {
            return;
        }
        K what = due.remove();
        AgentLine line = idle.remove();
        WatchQuery<T> query = queries.apply(what);
        line.get(query.consistent(), TIMEOUT, query.documents().get(), new Answer<>() {
            @Override
            public void reply(AgentReply<T> reply) {
                Optional<Doubt> doubt = Doubt.against(reply);
                if (doubt.isPresent()) {
                    fail(what, when, line, doubt.get());
                } else {
                    failures = 0;
                    idle.add(line);
                    learn(what, reply.body().orElseThrow(), when);
                    look();
                }
            }

            @Override
            public void failed(Failure failure, String reason) {
                fail(what, when, line, Doubt.after(failure, reason));
            }
        });
    }

    private void learn(K what, T body, Epoch<K> when) {
        if (when != epoch || !when.coverage.holds(loop.now())) {
            return;
        }
        if (listener.isNeeded(what)) {
            known.add(what);
            when.checked.add(what);
            listener.checked(what, body, when.coverage);
        } else {
            when.left.incrementAndGet();
        }
    }

    private void fail(K what, Epoch<K> when, AgentLine line, Doubt doubt) {
        line.close();
        idle.add(line);
        if (doubt.state() == WatchState.REFUSED) {
            when.left.incrementAndGet();
        } else {
            // It is looked at when somebody asks again.
            when.asked.remove(what);
        }
        if (doubt.state() == WatchState.CROWDED) {
            loop.execute(listener::crowded);
        }
        if (doubt.state() == WatchState.REFUSED) {
            look();
        } else if (alarm == null) {
            later(doubt.state().pause(failures++, random), () -> {});
        }
    }

    /** What is known, or was before the last move. */
    Set<K> known() {
        return Set.copyOf(known);
    }

    /** Nobody else knows of it any more. It is looked at when somebody asks again. */
    void need(K what) {
        Epoch<K> now = epoch;
        if (now != null && now.asked.remove(what) && !now.checked.remove(what)) {
            now.left.decrementAndGet();
        }
    }

    /** Nobody needs to know of it any more. When that is so of all, the signals are of no use. */
    void drop(K what) {
        need(what);
        known.remove(what);
        if (known.isEmpty()) {
            end();
        }
    }

    /** Whether the signals are asked for, and nothing is known by them. */
    boolean isOfNoUse() {
        return wanted && known.isEmpty();
    }

    /** Nobody asks for anything any more. */
    void end() {
        wanted = false;
        rest();
    }

    /** What is known has to be looked at again, for a reason that no signal knows. */
    void renew() {
        Epoch<K> ended = epoch;
        if (ended != null) {
            signals.close();
            forget();
            signals.start();
        }
    }

    /** So many nodes may be asking as this one does, 1 or more. */
    void nodes(int number) {
        signals.nodes(number);
    }

    /** How many signals are in each state; none while there is no need of them. */
    Map<WatchState, Integer> states() {
        return wanted ? signals.states() : Map.of();
    }

    /** How many things were looked at since the last move, and are known. On any thread. */
    int covered() {
        Epoch<K> now = epoch;
        return now == null ? 0 : now.checked.size();
    }

    /** How many things were asked for since the last move, and have not had their turn. On any thread. */
    int waiting() {
        Epoch<K> now = epoch;
        return now == null ? 0 : Math.max(0, now.asked.size() - now.checked.size() - now.left.get());
    }
}
