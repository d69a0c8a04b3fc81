package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** All names that are watched, each once however many watch it. Thread-safe. */
final class Observations {
    private final Lookup lookup;
    private final Timer timer;
    private final Consumer<Endpoints> changes;
    private final Map<Question, Observation> all = new ConcurrentHashMap<>();
    private boolean ended;

    Observations(Lookup lookup, Timer timer, Consumer<Endpoints> changes) {
        this.lookup = lookup;
        this.timer = timer;
        this.changes = changes;
    }

    /** Returns whether it is told of changes now; it is not when the resolver is closed. */
    synchronized boolean add(Watch watch) {
        if (ended) {
            return false;
        }
        Observation known = all.get(watch.wanted().question());
        if (known != null) {
            known.add(watch);
        } else {
            Observation begun = new Observation(watch.wanted(), lookup, timer, changes);
            begun.add(watch);
            all.put(watch.wanted().question(), begun);
            begun.start();
        }
        return true;
    }

    synchronized void remove(Watch watch) {
        Observation known = all.get(watch.wanted().question());
        if (known != null && known.remove(watch)) {
            all.remove(watch.wanted().question());
        }
    }

    /** An answer is kept from now on. Returns at once. */
    void kept(Question question, CachedAnswer answer) {
        Observation known = all.get(question);
        if (known != null) {
            known.kept(answer);
        }
    }

    /** Something may have changed. Returns at once. */
    void verify() {
        all.values().forEach(Observation::verify);
    }

    /** The resolver is closed. */
    synchronized void end() {
        ended = true;
        all.values().forEach(Observation::end);
        all.clear();
    }
}
