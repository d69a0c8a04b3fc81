package io.github.consulresolver.zone;

import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where all instances of a service are, however many. Thread-safe. */
@FunctionalInterface
public interface ServiceCatalog {
    /** There is none. */
    ServiceCatalog NONE =
            lookup -> CompletableFuture.failedFuture(new UpstreamException(Reason.NO_UPSTREAM, "there is no catalog"));

    /**
     * Looks up those that the agent's DNS gives for such a name. It does not block.
     *
     * @return completed on any thread; fails, with whatever exception, within a few seconds when they cannot be had
     */
    CompletableFuture<List<CatalogInstance>> instances(ServiceLookup lookup);
}
