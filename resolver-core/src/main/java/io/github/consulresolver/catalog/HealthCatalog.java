package io.github.consulresolver.catalog;

import io.github.consulresolver.agent.AgentHttp;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.zone.CatalogInstance;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.ServiceLookup;
import java.io.IOException;
import java.time.Duration;
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

    private final AnsweringInstances answering;

    /** @param clock the time, in nanoseconds */
    HealthCatalog(AgentHttp agent, AnsweringInstances answering, LongSupplier clock) {
        this.agent = agent;
        this.answering = answering;
        this.clock = clock;
        thread = new ThreadPoolExecutor(
                1, 1, PAUSE.toSeconds(), TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread made = new Thread(task, "agent-health");
                    made.setDaemon(true);
                    return made;
                });
        thread.allowCoreThreadTimeOut(true);
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
                    .thenApply(answering::of);
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

    /** Lets nobody wait any more. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
