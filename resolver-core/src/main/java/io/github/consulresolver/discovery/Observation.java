package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.zone.Timer;
import io.github.consulresolver.zone.Timer.Alarm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a name that is watched, for all who watch it.
 *
 * <p>Once a second it looks at the name, as a client would: mostly that is a look at what is kept. It is how the agent is asked again before a
 * TTL is over, and how a name shows that it is worth one of the agent's connections. Where the agent's HTTP API is watched it need not look to
 * see a change: the answer that is fetched because something has changed is brought here as soon as it is kept. Thread-safe.
 */
final class Observation {
    private static final Logger log = LoggerFactory.getLogger(Observation.class);

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Wanted wanted;
    private final Lookup lookup;
    private final Timer timer;
    private final Consumer<Endpoints> changes;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private @Nullable Endpoints last;
    private long begun;
    private long heard;
    private boolean closed;
    private boolean failing;
    private Alarm next = Alarm.NONE;

    /** @param changes hears of each change, before those who watch */
    Observation(Wanted wanted, Lookup lookup, Timer timer, Consumer<Endpoints> changes) {
        this.wanted = wanted;
        this.lookup = lookup;
        this.timer = timer;
        this.changes = changes;
    }

    ServiceName name() {
        return wanted.name();
    }

    /** Begins to look. */
    synchronized void start() {
        // Asked for once, a name may be one that nobody asks for again. This one is worth a watch from the beginning.
        verify();
        next = timer.schedule(Duration.ZERO, this::look);
    }

    /** Adds one who is to be told what is known, and is told what changes. */
    synchronized void add(Watch watch) {
        watches.add(watch);
        if (last != null) {
            watch.know(last, true);
        }
    }

    /** Takes one away. Returns whether he was the last one: then this is at its end. */
    synchronized boolean remove(Watch watch) {
        watches.remove(watch);
        if (!watches.isEmpty()) {
            return false;
        }
        closed = true;
        next.cancel();
        return true;
    }

    /** The resolver is closed. */
    void end() {
        synchronized (this) {
            closed = true;
            next.cancel();
        }
        watches.forEach(Watch::end);
    }

    private void look() {
        long number = begin();
        if (number != 0) {
            CompletableFuture<Endpoints> found = lookup.findAhead(wanted);
            found.whenComplete((endpoints, failure) -> {
                try {
                    if (failure == null) {
                        hear(number, endpoints);
                    } else {
                        miss(UpstreamException.cause(failure));
                    }
                } finally {
                    again();
                }
            });
        }
    }

    private synchronized long begin() {
        return closed ? 0 : ++begun;
    }

    private synchronized void again() {
        if (!closed) {
            next.cancel();
            next = timer.schedule(jittered(INTERVAL), this::look);
        }
    }

    /** Names that are watched since the same moment need not be asked for in the same moment. */
    private static Duration jittered(Duration interval) {
        return interval.multipliedBy(ThreadLocalRandom.current().nextInt(90, 111))
                .dividedBy(100);
    }

    /** Something may have changed. Returns at once. */
    void verify() {
        lookup.verify(wanted);
    }

    /** An answer is kept from now on, whoever has asked for it. Returns at once. */
    void kept(CachedAnswer answer) {
        Coverage coverage = answer.coverage();
        if (coverage != null && coverage.isChanged()) {
            // The agent's HTTP API knows better, and its DNS is asked again.
            return;
        }
        timer.schedule(Duration.ZERO, () -> {
            long number = begin();
            if (number != 0) {
                lookup.read(wanted, answer, false).whenComplete((endpoints, failure) -> {
                    if (failure == null) {
                        hear(number, endpoints);
                    }
                });
            }
        });
    }

    /** Calls those who hear and watch without a lock: they may do as they like, close their watch or the resolver above all. */
    private void hear(long number, Endpoints endpoints) {
        try {
            if (isNews(number, endpoints)) {
                changes.accept(endpoints);
            }
        } finally {
            watches.forEach(Watch::deliver);
        }
    }

    private synchronized boolean isNews(long number, Endpoints endpoints) {
        if (closed || number < heard) {
            return false;
        }
        heard = number;
        if (failing) {
            failing = false;
            log.info("{} is watched again", wanted.dnsName());
        }
        boolean news = last == null || !endpoints.equals(last);
        // Also when they are the same: who looks wants to know how old they are, and whether they are stale.
        last = endpoints;
        watches.forEach(watch -> watch.know(endpoints, news));
        return news;
    }

    private synchronized void miss(Throwable failure) {
        if (!closed && !failing) {
            failing = true;
            log.warn(
                    "{} is watched, and cannot be resolved: {}. {}",
                    wanted.dnsName(),
                    failure.getMessage(),
                    last == null ? "Nothing is known of it yet" : "Those who watch go on with the last instances");
        }
    }
}
