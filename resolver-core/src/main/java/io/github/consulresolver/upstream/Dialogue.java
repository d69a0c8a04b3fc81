package io.github.consulresolver.upstream;

import java.util.concurrent.CompletableFuture;

/** What is said to one server to get one answer from it: by which transports, and what of its replies counts. Immutable. */
@FunctionalInterface
interface Dialogue {
    /** The answer; fails with an {@link UpstreamException} when this server has none. */
    CompletableFuture<byte[]> hold(Call call);
}
