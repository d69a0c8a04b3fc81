package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Asks one server one time. Each exchange has a socket of its own, and so a source port that the kernel drew, and an id from a secure
 * generator: together what a forger has to guess (RFC 5452).
 *
 * <p>Thread-safe.
 */
final class Exchanges {
    private final Transport transport;
    private final UpstreamListener listener;
    private final SecureRandom random = new SecureRandom();

    Exchanges(Transport transport, UpstreamListener listener) {
        this.transport = transport;
        this.listener = listener;
    }

    /**
     * Over UDP; the reply may be cut (TC).
     *
     * @param udpSize the largest reply, in bytes, 512 to 65,535; or {@link SentQuery#PLAIN}: 512, and no EDNS
     */
    CompletableFuture<byte[]> udp(InetSocketAddress server, Question question, int udpSize, Duration timeout) {
        SentQuery query = new SentQuery(question, random.nextInt(1 << 16), udpSize);
        return run(server, Protocol.UDP, new UdpExchange(server, query, udpSize, listener), timeout);
    }

    /** Over a TCP connection of its own. */
    CompletableFuture<byte[]> tcp(InetSocketAddress server, Question question, Duration timeout) {
        return tcp(server, question, 0xffff, timeout);
    }

    /** The same with an EDNS size of one's own, which means nothing here, or {@link SentQuery#PLAIN}. */
    CompletableFuture<byte[]> tcp(InetSocketAddress server, Question question, int udpSize, Duration timeout) {
        SentQuery query = new SentQuery(question, random.nextInt(1 << 16), udpSize);
        return run(server, Protocol.TCP, new TcpExchange(server, query, listener), timeout);
    }

    private CompletableFuture<byte[]> run(
            InetSocketAddress server, Protocol protocol, Exchange exchange, Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            return CompletableFuture.failedFuture(
                    new UpstreamException(Reason.TIMEOUT, "no time is left to ask " + server));
        }
        long start = System.nanoTime();
        return started(exchange, timeout).whenComplete((reply, failure) -> {
            if (reply != null) {
                listener.answered(server, protocol, System.nanoTime() - start, Replies.rcode(reply));
            } else {
                Reason reason = Attempts.cause(failure) instanceof UpstreamException upstream
                        ? upstream.reason()
                        : Reason.UNREACHABLE;
                listener.failed(server, protocol, reason);
            }
        });
    }

    private CompletableFuture<byte[]> started(Exchange exchange, Duration timeout) {
        try {
            if (!transport.loops().isShuttingDown()) {
                return exchange.start(transport, timeout);
            }
        } catch (RejectedExecutionException endedMeanwhile) {
            // As if it had been seen.
        }
        return CompletableFuture.failedFuture(new UpstreamException(Reason.NO_UPSTREAM, "the event loops have ended"));
    }
}
