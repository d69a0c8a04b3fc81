package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.agent.Loop;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Knows how something stands at an agent, and hears when it changes: a blocking query, asked again and again over one connection.
 *
 * <p>What it says holds because of how it comes to say it.
 *
 * <ol>
 *   <li><b>It begins with the truth.</b> The first thing asked over each connection is what the leader says after it has made sure that it is
 *       one ({@code ?consistent}): for some hundred milliseconds after its start an agent tells old sets, with a leader and indexes that
 *       look well.
 *   <li><b>From there it misses nothing.</b> Each question names the index of the last reply, and is answered at once when there is news
 *       already. Between a reply and the next question there is no gap, as long as the connection is the same.
 *   <li><b>It ends at the first doubt.</b> The {@link Coverage} ends with a changed body, with the connection, with a reply that is no good
 *       (an error, no leader, too far behind one, parts left out), with an index that is lower than the last: then the agent's data is
 *       another than before. What follows begins at 1.
 *   <li><b>It does not claim to be faster than it is.</b> Where things change more often than the watch may ask, it covers nothing while it
 *       waits for its turn.
 *   <li><b>Silence is no consent.</b> A connection over which nothing comes looks the same whether nothing changes or the agent hangs. That is
 *       why no coverage holds without the {@link Lease}, which {@link Pulse} alone renews.
 * </ol>
 *
 * <p>An agent may return without a change (a time-out, an idempotent write, a coarse index): bodies are compared, where they tell all.
 *
 * <p>For the thread of its loop alone.
 *
 * @param <T> what a body says
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/features/blocking">Consul: blocking queries</a>
 */
public final class Watch<T> implements AutoCloseable {
    /** The leader waits for a majority of servers. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);

    /** An agent without news returns after this; up to a fifth more, and a sixteenth that it adds by itself. */
    private static final long WAIT_MILLIS = 60_000;

    /**
     * The same where the agent answers from what servers stream to it, and until that is known. When the token loses its rights in the middle, a
     * stream goes silent, and nothing tells but the next reply; and to ask again costs the servers nothing.
     */
    private static final long STREAMED_WAIT_MILLIS = 5_000;

    /** How often it may ask: so often at once, so that a change is heard of at once, and five times a second in the long run. */
    private static final int BURST = 20;

    private static final Duration INTERVAL = Duration.ofMillis(200);

    private final WatchQuery<T> query;
    private final AgentLine line;
    private final Loop loop;
    private final Lease lease;
    private final RandomGenerator random;
    private final WatchListener<T> listener;
    private final Pace pace;

    private WatchState state = WatchState.OFF;
    private String said = "";
    private int failures;
    private Loop.@Nullable Alarm alarm;

    private @Nullable Coverage coverage;
    private Optional<T> body = Optional.empty();
    private long index;
    private boolean streamed;

    /**
     * One that is off.
     *
     * @param line this watch's own
     */
    public Watch(
            WatchQuery<T> query,
            AgentLine line,
            Loop loop,
            Lease lease,
            RandomGenerator random,
            WatchListener<T> listener) {
        this.query = query;
        this.line = line;
        this.loop = loop;
        this.lease = lease;
        this.random = random;
        this.listener = listener;
        pace = new Pace(loop.now(), BURST, INTERVAL);
    }

    /** How it stands with it. */
    public WatchState state() {
        return state;
    }

    /** Starts it, if it does not run. */
    public void start() {
        if (state == WatchState.OFF) {
            state = WatchState.STARTING;
            begin();
        }
    }

    /** Ends what it covers and what it asks, until it is started. Nobody is told: whoever does it knows. */
    @Override
    public void close() {
        stop();
        state = WatchState.OFF;
        said = "";
    }

    private void stop() {
        if (coverage != null) {
            coverage.end(loop.now());
            coverage = null;
        }
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
        line.close();
    }

    /** Asks for the truth, over whatever connection. */
    private void begin() {
        index = 0;
        streamed = true;
        inTurn(() -> ask(query.consistent(), READ_TIMEOUT, this::learn));
    }

    private void inTurn(Runnable question) {
        Duration wait = pace.turn(loop.now());
        if (wait.isZero()) {
            question.run();
        } else {
            later(wait, question);
        }
    }

    private void later(Duration delay, Runnable task) {
        alarm = loop.after(delay, () -> {
            alarm = null;
            task.run();
        });
    }

    private void ask(String path, Duration timeout, Consumer<AgentReply<T>> next) {
        line.get(path, timeout, query.documents().get(), new Answer<>() {
            @Override
            public void reply(AgentReply<T> reply) {
                Doubt.against(reply).ifPresentOrElse(doubt -> fail(doubt), () -> next.accept(reply));
            }

            @Override
            public void failed(Failure failure, String reason) {
                fail(Doubt.after(failure, reason));
            }
        });
    }

    /** It came with news, or because there were none for a while: the connection is a good one. */
    private void woken(AgentReply<T> reply) {
        failures = 0;
        streamed = reply.streamed();
        learn(reply);
    }

    private void learn(AgentReply<T> reply) {
        take(reply);
        if (state == WatchState.LIVE) {
            goOn();
        }
    }

    /** What it had to wait for may be all the news there is: it waits for more at once, and the longer before it asks after that. */
    private void catchUp(AgentReply<T> reply) {
        take(reply);
        if (state == WatchState.LIVE && isConnected()) {
            pace.turn(loop.now());
            block();
        }
    }

    private void take(AgentReply<T> reply) {
        if (reply.index() < index) {
            uncover(new Doubt(WatchState.STARTING, "the index went back: the agent's data is another"));
            if (state == WatchState.STARTING) {
                begin();
            }
            return;
        }
        boolean same = coverage != null && (query.bodyTells() ? body.equals(reply.body()) : reply.index() == index);
        index = reply.index();
        body = reply.body();
        if (!same) {
            cover(reply.body().orElseThrow());
        }
    }

    private void cover(T known) {
        if (coverage != null) {
            coverage.change(loop.now());
        }
        Coverage begun = new Coverage(lease, loop.now());
        coverage = begun;
        state = WatchState.LIVE;
        said = "";
        listener.covers(known, begun);
    }

    private boolean isConnected() {
        if (!line.isConnected()) {
            fail(new Doubt(WatchState.LOST, "the connection has ended"));
            return false;
        }
        return true;
    }

    private void goOn() {
        if (!isConnected()) {
            return;
        }
        Duration wait = pace.turn(loop.now());
        if (wait.isZero()) {
            block();
        } else {
            // What happened meanwhile is heard of at once afterwards, but nothing would tell that nothing happened. So
            // it is asked.
            later(wait, () -> ask(query.stale(), READ_TIMEOUT, this::catchUp));
            uncover(new Doubt(WatchState.BUSY, "it changes faster than it is asked for"));
        }
    }

    private void block() {
        long least = streamed ? STREAMED_WAIT_MILLIS : WAIT_MILLIS;
        long wait = least + random.nextLong(least / 5);
        Duration timeout = Duration.ofMillis(wait + wait / 16).plus(READ_TIMEOUT);
        ask(query.beyond(index, wait), timeout, this::woken);
    }

    private void fail(Doubt doubt) {
        line.close();
        later(doubt.state().pause(failures, random), this::begin);
        failures++;
        uncover(doubt);
    }

    private void uncover(Doubt doubt) {
        if (coverage != null) {
            coverage.end(loop.now());
            coverage = null;
        }
        state = doubt.state();
        if (!doubt.reason().equals(said)) {
            said = doubt.reason();
            listener.uncovered(state, said);
        }
    }
}
