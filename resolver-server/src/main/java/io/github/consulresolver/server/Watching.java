package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.server.config.WatchSettings;
import io.github.consulresolver.server.config.WatchSettings.Mode;
import io.github.consulresolver.server.metrics.WatchMeters;
import io.github.consulresolver.watch.WatchQuery;
import io.github.consulresolver.watch.WatchState;
import io.github.consulresolver.watch.Watches;
import io.github.consulresolver.zone.CatalogInstance;
import io.github.consulresolver.zone.Coherence;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the agent, and says so; tells {@link Coherence} what it hears. Thread-safe. */
final class Watching implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watching.class);

    private final URI agent;
    private final Mode mode;
    private final LongPolls polls;
    private final Watches<String, List<ServiceEntry>> watches;
    private final AnsweringInstances answering;
    private final WatchMeters meters;
    private final Coherence coherence;
    /** What covers each service now. On the loop's thread alone. */
    private final Map<String, Told> told = new HashMap<>();

    private record Told(List<ServiceEntry> entries, Coverage coverage) {}

    /**
     * Does not watch yet.
     *
     * @param polls asks the agent
     * @param coherences makes what is told, of who hears which services are asked for
     */
    Watching(
            URI agent,
            LongPolls polls,
            WatchSettings settings,
            AnsweringInstances answering,
            WatchMeters meters,
            Function<Consumer<String>, Coherence> coherences) {
        this.agent = agent;
        this.polls = polls;
        this.answering = answering;
        this.meters = meters;
        mode = settings.mode();
        watches = new Watches<>(
                polls::line, polls, WatchQuery::service, settings.watches(), new SplittableRandom(), new Hearing());
        meters.count(watches::states);
        meters.countTail(watches::signals, watches::tailCovered, watches::tailWaiting);
        coherence = coherences.apply(watches::asked);
    }

    void start() {
        coherence.start();
        polls.execute(watches::start);
    }

    /** The agent's settings are these, and {@link AnsweringInstances} knows them already. */
    void learn(AgentSettings settings) {
        settings.datacenter().ifPresent(coherence::isIn);
        polls.execute(() -> {
            settings.nodes().ifPresent(watches::nodes);
            told.forEach(this::tell);
            watches.renewTail();
        });
    }

    private void tell(String service, Told now) {
        tell(service, now.entries, instances -> coherence.known(service, instances, now.coverage));
    }

    private void tell(String service, List<ServiceEntry> entries, Consumer<List<CatalogInstance>> hearer) {
        List<CatalogInstance> instances;
        try {
            instances = answering.of(entries);
        } catch (IllegalStateException unknown) {
            meters.uncovered(WatchState.DOUBTFUL);
            coherence.unknown(service, false);
            return;
        }
        hearer.accept(instances);
    }

    private final class Hearing implements Watches.Listener<String, List<ServiceEntry>> {
        private boolean known;
        private String saidOfTail = "";

        @Override
        public void covers(String service, List<ServiceEntry> entries, Coverage coverage) {
            Told now = new Told(entries, coverage);
            told.put(service, now);
            tell(service, now);
        }

        @Override
        public void uncovered(String service, WatchState state, String reason) {
            told.remove(service);
            meters.uncovered(state);
            coherence.unknown(service, state.mayTellOfLongAgo());
            if (state == WatchState.REFUSED) {
                log.warn("Service {} is not watched, its answers live by their TTL: {}", service, reason);
            }
        }

        @Override
        public void checked(String service, List<ServiceEntry> entries, Coverage coverage) {
            meters.checked();
            tell(service, entries, instances -> coherence.checked(service, instances, coverage));
        }

        @Override
        public void dropped(String service) {
            told.remove(service);
            coherence.forget(service);
        }

        @Override
        public boolean isUsed(String service) {
            return coherence.isUsed(service);
        }

        @Override
        public void begins() {
            known = true;
            log.info("The agent at {} is watched: answers live as long as they are true", agent);
        }

        @Override
        public void tailBegins() {
            coherence.doubtTail(false);
            if (!saidOfTail.isEmpty()) {
                saidOfTail = "";
                log.info("Services without a watch of their own are kept again as long as the catalog does not change");
            }
        }

        @Override
        public void tailStops(WatchState state, String reason) {
            meters.uncovered(state);
            coherence.doubtTail(state.mayTellOfLongAgo());
            if (state == WatchState.REFUSED || state == WatchState.LEADERLESS || state == WatchState.DOUBTFUL) {
                sayOfTail(reason);
            }
        }

        @Override
        public void tailSuspended() {
            meters.uncovered(WatchState.BUSY);
            sayOfTail("the catalog changes too often for a datacenter of its size");
        }

        private void sayOfTail(String reason) {
            if (!reason.equals(saidOfTail)) {
                saidOfTail = reason;
                log.info("The answers of services without a watch of their own live by their TTL: {}", reason);
            }
        }

        @Override
        public void stops(WatchState state, String reason) {
            coherence.doubtTail(state.mayTellOfLongAgo());
            String says = "The agent at {} is not watched, answers live by their TTL: {}";
            if (known || mode == Mode.ON) {
                log.warn(says, agent, reason);
            } else {
                log.info(says, agent, reason);
            }
        }

        @Override
        public void crowded(int budget) {
            log.warn(
                    "The agent at {} has too many connections: {} services at most are watched for now", agent, budget);
        }
    }

    @Override
    public void close() {
        polls.execute(watches::close);
    }
}
