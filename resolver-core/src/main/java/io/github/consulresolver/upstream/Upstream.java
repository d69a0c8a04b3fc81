package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Somebody who knows the answers to some questions. Thread-safe. */
@FunctionalInterface
public interface Upstream {
    /** The time one question may take. Stub resolvers give up after 5 s; what comes later comes to nobody. */
    Duration BUDGET = Duration.ofMillis(4500);

    /**
     * Asks.
     *
     * @return the whole reply message: it answers this question, and every record in it can be read. Fails with an
     *     {@link UpstreamException} when there is none. Completed on a thread of the transport, which must not be held up
     */
    CompletableFuture<byte[]> ask(Question question);
}
