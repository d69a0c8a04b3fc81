package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import java.util.concurrent.CompletableFuture;

/** Somebody who knows the answers to some questions. Thread-safe. */
@FunctionalInterface
public interface Upstream {
    /**
     * Asks.
     *
     * @return the whole reply message: it answers this question, and every record in it can be read. Fails with an
     *     {@link UpstreamException} when there is none. Completed on a thread of the transport, which must not be held up
     */
    CompletableFuture<byte[]> ask(Question question);
}
