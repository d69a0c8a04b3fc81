package io.github.consulresolver.watch;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.agent.Document;
import io.github.consulresolver.agent.Loop;
import io.github.consulresolver.cache.Lease;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Feels whether an agent is alive, and its servers behind it, and renews the {@link Lease} as long as it is.
 *
 * <p>A watch cannot feel that by itself: an agent that hangs looks like one without news, and the cache of a client agent goes on telling what
 * it knew when its servers are gone. So a short question is asked now and then that only a server can answer: for the instances of a service
 * that nobody has. Whatever speaks against the reply, or that there is none, ends the lease at once; and it runs out by itself.
 *
 * <p>An agent that was away may have missed something, and so may we: when it is back, whoever relied on the lease begins anew.
 *
 * <p>For the thread of its loop alone.
 */
public final class Pulse implements AutoCloseable {
    /** Nobody's service; to see nothing of it needs no right. */
    private static final String QUESTION = "/v1/health/service/consul-resolver-pulse?stale";

    private static final Duration INTERVAL = Duration.ofMillis(1500);
    private static final Duration TIMEOUT = Duration.ofMillis(2500);

    /** From the moment a question is sent: one interval and one time-out are in it. */
    private static final Duration LEASE = Duration.ofMillis(4500);

    private final AgentLine line;
    private final Loop loop;
    private final Lease lease;
    private final RandomGenerator random;
    private final Listener listener;

    private boolean beats;
    private String said = "";
    private int failures;
    private long index;
    private Loop.@Nullable Alarm alarm;

    /** Hears of it, on the loop's thread. */
    public interface Listener {
        /** The agent is well, for the first time, or again. */
        void beats();

        /**
         * It is not, or that is not known. Told once for each reason in a row.
         *
         * @param state LOST, SILENT, LEADERLESS, DOUBTFUL, CROWDED or REFUSED
         * @param reason one line
         */
        void missed(WatchState state, String reason);
    }

    /**
     * One that does not feel yet.
     *
     * @param line this pulse's own
     */
    public Pulse(AgentLine line, Loop loop, Lease lease, RandomGenerator random, Listener listener) {
        this.line = line;
        this.loop = loop;
        this.lease = lease;
        this.random = random;
        this.listener = listener;
    }

    /** Starts it; once. */
    public void start() {
        ask();
    }

    private void ask() {
        alarm = null;
        long asked = loop.now();
        line.get(QUESTION, TIMEOUT, Document.unread(WatchQuery.LARGEST_SIGNAL), new Answer<>() {
            @Override
            public void reply(AgentReply<Boolean> reply) {
                Doubt.against(reply).ifPresentOrElse(doubt -> miss(doubt), () -> well(reply.index(), asked));
            }

            @Override
            public void failed(Failure failure, String reason) {
                miss(Doubt.after(failure, reason));
            }
        });
    }

    private void well(long now, long asked) {
        if (now < index) {
            index = 0;
            miss(new Doubt(WatchState.LOST, "the index went back: the agent's data is another"));
            return;
        }
        if (beats && !lease.holds(loop.now())) {
            // This process was held up, and who knows what it did not hear of.
            miss(new Doubt(WatchState.SILENT, "nobody asked for a while"));
            return;
        }
        index = now;
        failures = 0;
        lease.until(asked + LEASE.toNanos());
        alarm = loop.after(INTERVAL, this::ask);
        if (!beats) {
            beats = true;
            said = "";
            listener.beats();
        }
    }

    private void miss(Doubt doubt) {
        beats = false;
        lease.until(loop.now());
        line.close();
        Duration pause = doubt.state().pause(failures, random);
        alarm = loop.after(pause.compareTo(INTERVAL) < 0 ? pause : INTERVAL, this::ask);
        failures++;
        if (!doubt.reason().equals(said)) {
            said = doubt.reason();
            listener.missed(doubt.state(), said);
        }
    }

    /** Ends it, and the lease with it. Nobody is told: whoever does it knows. */
    @Override
    public void close() {
        lease.until(loop.now());
        line.close();
        if (alarm != null) {
            alarm.cancel();
        }
    }
}
