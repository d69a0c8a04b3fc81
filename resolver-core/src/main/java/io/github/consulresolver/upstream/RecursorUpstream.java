package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Bailiwick;
import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The recursors, asked in their order: the next one when one is silent, or says that it cannot or will not answer (SERVFAIL,
 * REFUSED and the like). NXDOMAIN is an answer. A cut reply is asked for again over TCP, at the same recursor, and so is a question
 * that somebody forges answers to, or whose answer is broken; one that does not understand EDNS is asked without. An answer that speaks
 * of something else is none. Who was silent has a second turn while time is left.
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
        return new Turns(question).next();
    }

    /** One question's way round the recursors. */
    private final class Turns {
        private final Question question;
        private final Deadline deadline = new Deadline();
        private final Deque<InetSocketAddress> waiting = new ArrayDeque<>(servers);
        private int taken;

        Turns(Question question) {
            this.question = question;
        }

        CompletableFuture<byte[]> next() {
            InetSocketAddress server = waiting.remove();
            boolean first = taken++ < servers.size();
            return Attempts.orElse(attempt(server), failure -> {
                // Who refused once refuses again; only silence is worth a second try.
                if (first && failure.reason() != Reason.REFUSED) {
                    waiting.add(server);
                }
                return waiting.isEmpty() || deadline.left().isZero() ? CompletableFuture.failedFuture(failure) : next();
            });
        }

        private CompletableFuture<byte[]> attempt(InetSocketAddress server) {
            CompletableFuture<byte[]> reply = Attempts.orElse(
                    attempt(server, Edns.SAFE_UDP_SIZE),
                    failure -> failure.reason() == Reason.NO_EDNS
                            ? attempt(server, SentQuery.PLAIN)
                            : CompletableFuture.failedFuture(failure));
            return reply.thenCompose(bytes -> verdict(server, bytes)
                    .<CompletableFuture<byte[]>>map(CompletableFuture::failedFuture)
                    .orElseGet(() -> CompletableFuture.completedFuture(bytes)));
        }

        private CompletableFuture<byte[]> attempt(InetSocketAddress server, int udpSize) {
            CompletableFuture<byte[]> datagram = exchanges.udp(server, question, udpSize, deadline.left(TRY));
            // Over TCP nobody can forge an answer who does not see the question.
            return Attempts.orElse(
                            datagram,
                            failure -> failure.reason() == Reason.MISMATCHED
                                    ? overTcp(server, udpSize)
                                    : CompletableFuture.failedFuture(failure))
                    .thenCompose(reply ->
                            Replies.isCut(reply) ? overTcp(server, udpSize) : CompletableFuture.completedFuture(reply));
        }

        private CompletableFuture<byte[]> overTcp(InetSocketAddress server, int udpSize) {
            return exchanges.tcp(server, question, udpSize, deadline.left(TRY));
        }
    }

    /** What is wrong with a reply, if anything. */
    private static Optional<UpstreamException> verdict(InetSocketAddress server, byte[] reply) {
        if (!Replies.isAnswer(reply)) {
            return Optional.of(new UpstreamException(
                    Reason.REFUSED, server + " answered with response code " + Replies.rcode(reply)));
        }
        if (Replies.isCut(reply)) {
            return Optional.of(new UpstreamException(Reason.MISMATCHED, server + " cut its reply over TCP, too"));
        }
        return Bailiwick.holdsAnswersOf(reply)
                ? Optional.empty()
                : Optional.of(new UpstreamException(Reason.MISMATCHED, server + " answered of other names"));
    }
}
