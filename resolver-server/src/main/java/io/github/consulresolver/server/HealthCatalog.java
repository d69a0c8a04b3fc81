package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.agent.ServiceEntry.Status;
import io.github.consulresolver.zone.CatalogInstance;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.ServiceLookup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog as the agent's health endpoint shows it. One request at a time, on a thread that is there only while it has something to do:
 * few services are so large that they need it. Thread-safe.
 */
final class HealthCatalog implements ServiceCatalog, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthCatalog.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** So long nobody waits again where there was no answer. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final int MOST_WAITING = 100;

    private final AgentHttp agent;
    private final LongSupplier clock;
    private final ThreadPoolExecutor thread;
    /** When it failed last, by datacenter; empty for the agent's own. There are as many as datacenters with so large a service. */
    private final Map<Optional<String>, Long> failures = new ConcurrentHashMap<>();

    private volatile Optional<Boolean> onlyPassing = Optional.empty();

    /** @param clock the time, in nanoseconds */
    HealthCatalog(AgentHttp agent, LongSupplier clock) {
        this.agent = agent;
        this.clock = clock;
        thread = new ThreadPoolExecutor(
                1, 1, PAUSE.toSeconds(), TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread made = new Thread(task, "agent-health");
                    made.setDaemon(true);
                    return made;
                });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Whether the agent's DNS leaves out instances with a warning; empty while that is not known. */
    void onlyPassing(Optional<Boolean> setting) {
        onlyPassing = setting;
    }

    @Override
    public CompletableFuture<List<CatalogInstance>> instances(ServiceLookup lookup) {
        Long failed = failures.get(lookup.datacenter());
        if (failed != null && clock.getAsLong() - failed < PAUSE.toNanos()) {
            return CompletableFuture.failedFuture(new IOException("there was no answer a moment ago"));
        }
        try {
            // Who waited in vain is not asked for any more: a future that is done is not run.
            return CompletableFuture.supplyAsync(() -> health(lookup), thread)
                    .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .whenComplete((entries, failure) -> remember(lookup, failure))
                    .thenApply(this::answering);
        } catch (RejectedExecutionException tooMany) {
            return CompletableFuture.failedFuture(tooMany);
        }
    }

    private List<ServiceEntry> health(ServiceLookup lookup) {
        try {
            return agent.health(lookup.service(), lookup.datacenter(), lookup.tag());
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private void remember(ServiceLookup lookup, @Nullable Throwable failure) {
        if (failure == null) {
            failures.remove(lookup.datacenter());
        } else if (failures.put(lookup.datacenter(), clock.getAsLong()) == null) {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            log.warn(
                    "Service {} is too large for the agent's DNS, and its other instances cannot be read over HTTP ({})",
                    lookup.service(),
                    cause instanceof IOException ? cause.getMessage() : "no answer");
        }
    }

    /** Those that the agent's DNS answers with. */
    private List<CatalogInstance> answering(List<ServiceEntry> entries) {
        List<CatalogInstance> answering = new ArrayList<>();
        for (ServiceEntry entry : entries) {
            if (entry.status() == Status.PASSING) {
                answering.add(instance(entry, entry.passingWeight()));
            } else if (entry.status() == Status.WARNING) {
                boolean leftOut = onlyPassing.orElseThrow(
                        () -> new IllegalStateException("only_passing is not known, and there are warnings"));
                if (!leftOut) {
                    answering.add(instance(entry, entry.warningWeight()));
                }
            }
        }
        return answering;
    }

    private static CatalogInstance instance(ServiceEntry entry, int weight) {
        return new CatalogInstance(
                entry.node(),
                entry.datacenter(),
                addresses(entry.ofNode()),
                addresses(entry.ofService()),
                entry.port(),
                weight);
    }

    private static CatalogInstance.Addresses addresses(ServiceEntry.Addresses of) {
        return new CatalogInstance.Addresses(of.plain(), of.lanIpv4(), of.lanIpv6());
    }

    /** Lets nobody wait any more. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
