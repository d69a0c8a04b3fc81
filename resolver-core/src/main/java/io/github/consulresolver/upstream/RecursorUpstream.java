package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Servers.Haste;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The recursors, asked in their order: the next one when one is silent, or says that it cannot or will not answer (SERVFAIL,
 * REFUSED and the like). NXDOMAIN is an answer. When one takes longer than it usually does, the next one is asked beside it, and the first
 * good answer counts; that is done for a share of the questions only. One that cannot be reached, or is silent, is asked last until it
 * answers again.
 */
public final class RecursorUpstream implements Upstream {
    private final boolean none;
    private final Servers recursors;

    /** @param servers resolved addresses, in order; may be empty: then every question fails */
    public RecursorUpstream(List<InetSocketAddress> servers, Transport transport, UpstreamListener listener) {
        this(servers, new NettyLoops(transport, listener), listener, null);
    }

    /** The same, and each query has a mark, so that it is known when it comes back. */
    public RecursorUpstream(
            List<InetSocketAddress> servers, Transport transport, UpstreamListener listener, LoopMark mark) {
        this(servers, new NettyLoops(transport, listener), listener, mark);
    }

    RecursorUpstream(List<InetSocketAddress> servers, Loops loops, UpstreamListener listener, @Nullable LoopMark mark) {
        none = servers.isEmpty();
        recursors = new Servers(servers, new RecursorDialogue(mark), Haste.HEDGED, loops, listener);
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return none
                ? CompletableFuture.failedFuture(
                        new UpstreamException(Reason.NO_UPSTREAM, "no recursor is known for " + question.name()))
                : recursors.ask(question);
    }
}
