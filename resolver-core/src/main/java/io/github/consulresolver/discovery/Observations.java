package io.github.consulresolver.discovery;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.Timer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** All names that are watched, each once however many watch it. Thread-safe. */
final class Observations {
    private final Lookup lookup;
    private final Timer timer;
    private final Consumer<Endpoints> changes;
    /** Several names may be asked for by one question: with the agent's datacenter and without, or as an FQDN. */
    private final Map<Question, List<Observation>> all = new ConcurrentHashMap<>();

    private boolean ended;

    Observations(Lookup lookup, Timer timer, Consumer<Endpoints> changes) {
        this.lookup = lookup;
        this.timer = timer;
        this.changes = changes;
    }

    /** Returns whether it is told of changes now; it is not when the resolver is closed. */
    boolean add(Watch watch) {
        boolean added = begin(watch);
        watch.deliver();
        return added;
    }

    private synchronized boolean begin(Watch watch) {
        if (ended) {
            return false;
        }
        Question question = watch.wanted().question();
        Optional<Observation> known = of(watch);
        if (known.isPresent()) {
            known.get().add(watch);
        } else {
            Observation begun = new Observation(watch.wanted(), lookup, timer, changes);
            begun.add(watch);
            all.put(
                    question,
                    Stream.concat(of(question).stream(), Stream.of(begun)).toList());
            begun.start();
        }
        return true;
    }

    private List<Observation> of(Question question) {
        return all.getOrDefault(question, List.of());
    }

    private Optional<Observation> of(Watch watch) {
        return of(watch.wanted().question()).stream()
                .filter(one -> one.name().equals(watch.name()))
                .findFirst();
    }

    synchronized void remove(Watch watch) {
        of(watch).filter(one -> one.remove(watch)).ifPresent(ended -> {
            Question question = watch.wanted().question();
            List<Observation> rest =
                    of(question).stream().filter(one -> one != ended).toList();
            if (rest.isEmpty()) {
                all.remove(question);
            } else {
                all.put(question, rest);
            }
        });
    }

    /** An answer is kept from now on. Returns at once. */
    void kept(Question question, CachedAnswer answer) {
        of(question).forEach(one -> one.kept(answer));
    }

    /** Something may have changed. Returns at once. */
    void verify() {
        all.values().forEach(same -> same.forEach(Observation::verify));
    }

    /** The resolver is closed. */
    void end() {
        List<Observation> last;
        synchronized (this) {
            ended = true;
            last = all.values().stream().flatMap(List::stream).toList();
            all.clear();
        }
        last.forEach(Observation::end);
    }
}
