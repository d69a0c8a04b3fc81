package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The recursors, asked in their order: the next one when one is silent, or says that it cannot or will not answer (SERVFAIL,
 * REFUSED and the like). NXDOMAIN is an answer. A cut reply is asked for again over TCP, at the same recursor. When the last one
 * failed and time is left, the first has its second turn.
 */
public final class RecursorUpstream implements Upstream {
    /** Three turns within the budget. */
    private static final Duration TRY = Duration.ofMillis(1500);

    private final List<InetSocketAddress> servers;
    private final Exchanges exchanges;

    /** @param servers resolved addresses, in order; may be empty: then every question fails */
    public RecursorUpstream(List<InetSocketAddress> servers, Transport transport, UpstreamListener listener) {
        this.servers = List.copyOf(servers);
        exchanges = new Exchanges(transport, listener);
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        if (servers.isEmpty()) {
            return CompletableFuture.failedFuture(
                    new UpstreamException(Reason.NO_UPSTREAM, "no recursor is known for " + question.name()));
        }
        return ask(question, 0, new Deadline());
    }

    private CompletableFuture<byte[]> ask(Question question, int turn, Deadline deadline) {
        InetSocketAddress server = servers.get(turn % servers.size());
        CompletableFuture<byte[]> attempt = exchanges
                .udp(server, question, Edns.SAFE_UDP_SIZE, deadline.left(TRY))
                .thenCompose(reply -> isCut(reply)
                        ? exchanges.tcp(server, question, deadline.left(TRY))
                        : CompletableFuture.completedFuture(reply))
                .thenCompose(reply -> isAnswer(reply)
                        ? CompletableFuture.completedFuture(reply)
                        : CompletableFuture.failedFuture(new UpstreamException(
                                Reason.REFUSED, server + " answered with response code " + rcode(reply))));
        return Attempts.orElse(attempt, failure -> {
            boolean second = turn + 1 >= servers.size();
            // Who refused once refuses again; only silence is worth a second try.
            boolean goOn = turn + 1 < 2 * servers.size() && !(second && failure.reason() == Reason.REFUSED);
            return goOn && !deadline.left().isZero()
                    ? ask(question, turn + 1, deadline)
                    : CompletableFuture.failedFuture(failure);
        });
    }

    private static boolean isCut(byte[] reply) {
        return (ByteBuffer.wrap(reply).getShort(Header.FLAGS) & Header.TC) != 0;
    }

    private static boolean isAnswer(byte[] reply) {
        return rcode(reply) == AnswerSet.NO_ERROR || rcode(reply) == AnswerSet.NAME_ERROR;
    }

    private static int rcode(byte[] reply) {
        return reply[Header.FLAGS + 1] & Header.RCODE_MASK;
    }
}
