package io.github.consulresolver.catalog;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.LongPolls;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.watch.Scope;
import io.github.consulresolver.watch.WatchQuery;
import io.github.consulresolver.watch.WatchState;
import io.github.consulresolver.watch.Watches;
import io.github.consulresolver.zone.CatalogInstance;
import io.github.consulresolver.zone.CatalogName;
import io.github.consulresolver.zone.Coherence;
import java.net.URI;
import java.util.EnumMap;
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
    private final WatchPlan plan;
    private final LongPolls polls;
    private final Watches<CatalogName, List<ServiceEntry>> watches;
    private final AnsweringInstances answering;
    private final WatchingListener listener;
    private final Coherence coherence;
    /** What covers each service now. On the loop's thread alone. */
    private final Map<CatalogName, Told> told = new HashMap<>();

    private record Told(List<ServiceEntry> entries, Coverage coverage) {}

    /**
     * Does not watch yet.
     *
     * @param polls asks the agent
     * @param coherences makes what is told, of who hears which services are asked for
     */
    Watching(
            URI agent,
            WatchPlan plan,
            LongPolls polls,
            AnsweringInstances answering,
            WatchingListener listener,
            Function<Consumer<CatalogName>, Coherence> coherences) {
        this.agent = agent;
        this.plan = plan;
        this.polls = polls;
        this.answering = answering;
        this.listener = listener;
        watches = new Watches<>(
                polls::line,
                polls,
                Watching::query,
                what -> scope(what.kind()),
                plan.budget(),
                new SplittableRandom(),
                new Hearing());
        coherence = coherences.apply(watches::asked);
    }

    private static WatchQuery<List<ServiceEntry>> query(CatalogName what) {
        return switch (what.kind()) {
            case SERVICE -> WatchQuery.service(what.name());
            case CONNECT -> WatchQuery.connect(what.name());
            case INGRESS -> WatchQuery.ingress(what.name());
            case NODE -> WatchQuery.node(what.name());
        };
    }

    private static Scope scope(CatalogName.Kind kind) {
        return switch (kind) {
            case SERVICE -> Scope.SERVICES;
            case CONNECT, INGRESS -> Scope.MESH;
            case NODE -> Scope.NODES;
        };
    }

    private void doubtTail(Scope scope, boolean lost) {
        for (CatalogName.Kind kind : CatalogName.Kind.values()) {
            if (scope(kind) == scope) {
                coherence.doubtTail(kind, lost);
            }
        }
    }

    private static String without(Scope scope) {
        return switch (scope) {
            case SERVICES -> "The answers of services without a watch of their own";
            case MESH -> "The answers of the service mesh";
            case NODES -> "The answers of nodes";
        };
    }

    Watches<?, ?> watches() {
        return watches;
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

    private void tell(CatalogName service, Told now) {
        tell(service, now.entries, instances -> coherence.known(service, instances, now.coverage));
    }

    private void tell(CatalogName service, List<ServiceEntry> entries, Consumer<List<CatalogInstance>> hearer) {
        List<CatalogInstance> instances;
        try {
            instances = answering.of(entries);
        } catch (IllegalStateException unknown) {
            listener.uncovered(WatchState.DOUBTFUL);
            coherence.unknown(service, false);
            return;
        }
        hearer.accept(instances);
    }

    private final class Hearing implements Watches.Listener<CatalogName, List<ServiceEntry>> {
        private boolean known;
        private final Map<Scope, String> saidOfTail = new EnumMap<>(Scope.class);

        @Override
        public void covers(CatalogName service, List<ServiceEntry> entries, Coverage coverage) {
            Told now = new Told(entries, coverage);
            told.put(service, now);
            tell(service, now);
        }

        @Override
        public void uncovered(CatalogName service, WatchState state, String reason) {
            told.remove(service);
            listener.uncovered(state);
            coherence.unknown(service, isLost(state));
            if (state == WatchState.REFUSED) {
                log.warn("The {} is not watched, its answers live by their TTL: {}", service, reason);
            }
        }

        @Override
        public void checked(CatalogName service, List<ServiceEntry> entries, Coverage coverage) {
            listener.checked();
            tell(service, entries, instances -> coherence.checked(service, instances, coverage));
        }

        @Override
        public void dropped(CatalogName service) {
            told.remove(service);
            coherence.forget(service);
        }

        @Override
        public boolean isUsed(CatalogName service) {
            return coherence.isUsed(service);
        }

        @Override
        public void begins() {
            known = true;
            log.info("The agent at {} is watched: answers live as long as they are true", agent);
        }

        @Override
        public void tailBegins(Scope scope) {
            doubtTail(scope, false);
            listener.tailBegins();
            if (saidOfTail.remove(scope) != null) {
                log.info("{} are kept again as long as the catalog does not change", without(scope));
            }
        }

        @Override
        public void tailStops(Scope scope, WatchState state, String reason) {
            listener.uncovered(state);
            doubtTail(scope, isLost(state));
            if (state == WatchState.REFUSED || state == WatchState.LEADERLESS || state == WatchState.DOUBTFUL) {
                sayOfTail(scope, reason);
            }
        }

        @Override
        public void tailSuspended(Scope scope) {
            listener.uncovered(WatchState.BUSY);
            // They will not tell when the doubt is over.
            doubtTail(scope, false);
            sayOfTail(scope, "the catalog changes too often for a datacenter of its size");
        }

        private void sayOfTail(Scope scope, String reason) {
            if (!reason.equals(saidOfTail.put(scope, reason))) {
                log.info("{} live by their TTL: {}", without(scope), reason);
            }
        }

        @Override
        public void stops(WatchState state, String reason) {
            for (Scope scope : Scope.values()) {
                doubtTail(scope, isLost(state));
            }
            String says = "The agent at {} is not watched, answers live by their TTL: {}";
            if (known || plan.expected()) {
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

    /** Whether what the agent's DNS says may be of long ago, and nobody else's is asked. */
    private boolean isLost(WatchState state) {
        return plan.alone() && state.mayTellOfLongAgo();
    }

    @Override
    public void close() {
        polls.execute(watches::close);
    }
}
