package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.Loop;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Hears when anything changes that is in a {@link Scope}, without hearing what: registrations, checks, nodes of the whole datacenter, a {@link
 * Watch} each. As long as all are live and none has moved, one {@link Coverage} holds; at the first move it ends, for all who rely on it.
 *
 * <p>Where they move all the time they are worth nothing, and are left alone for a while.
 *
 * <p>For the thread of its loop alone.
 */
final class Signals implements AutoCloseable {
    /** So many moves at once, and one in half a second in the long run: a catalog that moves more often has to be checked more than it is used. */
    private static final int BURST = 30;

    private static final Duration INTERVAL = Duration.ofMillis(500);

    /**
     * Of so many nodes that is what servers are asked for; more nodes do it less often. Each move has each node ask again, and costs the servers 4
     * ms of CPU for each at 1,000 services, which is 20% of a core for all of them.
     */
    private static final int FEW_NODES = 25;

    /** In a datacenter with more of them the catalog is as large, and each question dear: there they are not used. */
    private static final int MOST_NODES = 1024;

    /** Where it is not known. */
    private static final int SOME_NODES = 256;

    /** One change moves several of them, one right after the other. */
    private static final long ONE_CHANGE = Duration.ofMillis(50).toNanos();

    /** How long they are left alone; each time twice as long, unless they were worth something in between. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);

    private static final int MOST_DOUBLINGS = 5;
    private static final Duration WORTH_IT = Duration.ofMinutes(5);

    private final Loop loop;
    private final Lease lease;
    private final Listener listener;
    private final List<Signal> signals;
    private @Nullable Coverage coverage;
    private Pace moves;
    private long startedAt;
    private long movedAt;
    private int suspensions;
    private Loop.@Nullable Alarm alarm;
    private boolean running;
    private int nodes = SOME_NODES;

    /** Hears of it, on the loop's thread. */
    interface Listener {
        /** Nothing changes until {@code all} ends. What was said before holds no more. */
        void covers(Coverage all);

        /** It is not known any more whether something changes. Told once for each state and reason in a row of each signal. */
        void uncovered(WatchState state, String reason);

        /** They have moved more often than they were worth, and are left alone for a while. */
        void suspended();
    }

    /** Those that do not run yet. */
    Signals(Scope scope, Supplier<AgentLine> lines, Loop loop, Lease lease, RandomGenerator random, Listener listener) {
        this.loop = loop;
        this.lease = lease;
        this.listener = listener;
        moves = pace();
        signals = scope.signals().stream()
                .map(query -> new Signal(query, lines.get(), random))
                .toList();
    }

    private final class Signal implements WatchListener<Boolean> {
        private final Watch<Boolean> watch;
        /** Whether it has said where it stands: from then on what it says is a move. */
        private boolean stands;

        Signal(WatchQuery<Boolean> query, AgentLine line, RandomGenerator random) {
            watch = new Watch<>(query, line, loop, lease, random, this);
        }

        @Override
        public void covers(Boolean body, Coverage own) {
            boolean moved = stands;
            stands = true;
            heard(moved);
        }

        @Override
        public void uncovered(WatchState state, String reason) {
            stands &= state == WatchState.BUSY;
            end();
            listener.uncovered(state, reason);
        }

        void close() {
            stands = false;
            watch.close();
        }
    }

    /** Starts them, if they do not run. */
    void start() {
        if (!running) {
            running = true;
            begin();
        }
    }

    private void begin() {
        alarm = null;
        startedAt = loop.now();
        movedAt = startedAt;
        moves = pace();
        if (nodes > MOST_NODES) {
            suspend();
        } else {
            signals.forEach(signal -> signal.watch.start());
        }
    }

    private Pace pace() {
        int burst = Math.max(1, Math.min(BURST, BURST * FEW_NODES / nodes));
        Duration interval = INTERVAL.multipliedBy(nodes).dividedBy(FEW_NODES);
        return new Pace(loop.now(), burst, interval.compareTo(INTERVAL) > 0 ? interval : INTERVAL);
    }

    /** So many nodes may be asking as this one does, 1 or more. */
    void nodes(int number) {
        if (number != nodes) {
            nodes = number;
            moves = pace();
            if (running && alarm == null && number > MOST_NODES) {
                end();
                suspend();
            }
        }
    }

    /** @param moved whether it is news, and not where one stands that has just begun */
    private void heard(boolean moved) {
        end();
        if (moved && isTooMuch()) {
            suspend();
        } else if (signals.stream().allMatch(signal -> signal.watch.state() == WatchState.LIVE)) {
            Coverage begun = new Coverage(lease, loop.now());
            coverage = begun;
            listener.covers(begun);
        }
    }

    private boolean isTooMuch() {
        long now = loop.now();
        if (now - movedAt < ONE_CHANGE) {
            return false;
        }
        movedAt = now;
        return !moves.turn(now).isZero();
    }

    private void end() {
        if (coverage != null) {
            // Not as changed: of what it covered hardly anything has.
            coverage.end(loop.now());
            coverage = null;
        }
    }

    private void suspend() {
        signals.forEach(Signal::close);
        suspensions = loop.now() - startedAt > WORTH_IT.toNanos() ? 0 : Math.min(suspensions + 1, MOST_DOUBLINGS);
        alarm = loop.after(FIRST_PAUSE.multipliedBy(1L << suspensions), this::begin);
        listener.suspended();
    }

    /** How many are in each state. */
    Map<WatchState, Integer> states() {
        Map<WatchState, Integer> counted = new EnumMap<>(WatchState.class);
        signals.forEach(
                signal -> counted.merge(alarm == null ? signal.watch.state() : WatchState.BUSY, 1, Integer::sum));
        return counted;
    }

    /** Ends what they cover and what they ask, until they are started. Nobody is told: whoever does it knows. */
    @Override
    public void close() {
        running = false;
        end();
        signals.forEach(Signal::close);
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }
}
