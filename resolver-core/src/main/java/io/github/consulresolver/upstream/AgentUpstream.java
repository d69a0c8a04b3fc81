package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A Consul agent, asked for complete answer sets.
 *
 * <p>An agent cuts a reply that does not fit, and by default does not say so: no TC bit, just fewer instances than there are. So it is
 * never asked with a client's size. Over loopback, whose packets are of 64 KiB, UDP with the largest EDNS size carries over a
 * thousand instances in one datagram, without a connection. Three signs tell of a reply that was cut all the same: TC, a size near
 * the one advertised, and a missing OPT record (which the agent loses when it cuts). Then, and for agents elsewhere, TCP is asked, too,
 * and the larger answer counts: over TCP SRV answers stop at 1,024, where UDP may have carried more.
 *
 * <p>A reply that may still be cut has TC set, whatever the agent said: this is how those who keep it know that it is not the whole.
 */
public final class AgentUpstream implements Upstream {
    /** As large as a UDP message on loopback gets, with room to spare for headers. */
    static final int UDP_SIZE = 65_000;

    /** An agent cuts a reply to 8 bytes below the size advertised, a record with its glue at a time. */
    private static final int NEARLY_FULL = UDP_SIZE - 1_024;

    /** Over TCP an agent cuts to so many answers, and again does not say so. */
    private static final int MOST_ANSWERS = 4_096;

    private static final int MOST_SRV_ANSWERS = 1_024;

    /** UDP over loopback is lost when the agent's buffer is full or the agent is restarting; then once more. */
    private static final Duration FIRST_TRY = Duration.ofMillis(1500);

    private static final int TYPE_SRV = 33;
    private static final int TYPE_OPT = 41;

    private final InetSocketAddress server;
    private final Exchanges exchanges;
    private final boolean loopback;

    /** @param server where the agent answers DNS, usually port 8600; a resolved address */
    public AgentUpstream(InetSocketAddress server, Transport transport, UpstreamListener listener) {
        this.server = server;
        exchanges = new Exchanges(transport, listener);
        loopback = server.getAddress().isLoopbackAddress();
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return ask(question, new Deadline());
    }

    CompletableFuture<byte[]> ask(Question question, Deadline deadline) {
        return loopback ? udpFirst(question, deadline) : tcpFirst(question, deadline);
    }

    private CompletableFuture<byte[]> udpFirst(Question question, Deadline deadline) {
        CompletableFuture<byte[]> first = exchanges.udp(server, question, UDP_SIZE, deadline.left(FIRST_TRY));
        CompletableFuture<byte[]> reply = Attempts.orElse(first, failure -> switch (failure.reason()) {
            case TIMEOUT -> exchanges.udp(server, question, UDP_SIZE, deadline.left());
            case MISMATCHED -> exchanges.tcp(server, question, deadline.left());
            default -> CompletableFuture.failedFuture(failure);
        });
        return reply.thenCompose(bytes -> {
            if (saysNothing(bytes)) {
                return tcpFirst(question, deadline);
            }
            return mayBeCut(bytes)
                    ? largerOverTcp(bytes, question, deadline)
                    : CompletableFuture.completedFuture(bytes);
        });
    }

    private CompletableFuture<byte[]> largerOverTcp(byte[] overUdp, Question question, Deadline deadline) {
        CompletableFuture<byte[]> larger = exchanges
                .tcp(server, question, deadline.left())
                .thenApply(overTcp -> Replies.answers(overTcp) >= Replies.answers(overUdp)
                        ? markedIfCut(overTcp, question)
                        : marked(overUdp));
        // What is left of a reply that was cut down to nothing says nothing.
        return Attempts.orElse(
                larger,
                failure -> Replies.answers(overUdp) > 0
                        ? CompletableFuture.completedFuture(marked(overUdp))
                        : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<byte[]> tcpFirst(Question question, Deadline deadline) {
        CompletableFuture<byte[]> first = exchanges.tcp(server, question, deadline.left(FIRST_TRY));
        return Attempts.orElse(first, failure -> switch (failure.reason()) {
                    case UNREACHABLE, NO_EDNS, REFUSED -> CompletableFuture.failedFuture(failure);
                    default -> exchanges.tcp(server, question, deadline.left());
                })
                .thenCompose(reply -> saysNothing(reply)
                        ? CompletableFuture.failedFuture(
                                new UpstreamException(Reason.MISMATCHED, server + " cut its reply to nothing"))
                        : CompletableFuture.completedFuture(markedIfCut(reply, question)));
    }

    /** Whether everything was cut away: that is not to say that there is nothing. */
    private static boolean saysNothing(byte[] reply) {
        return Replies.isCut(reply) && Replies.answers(reply) == 0;
    }

    private static boolean mayBeCut(byte[] reply) {
        if (Replies.rcode(reply) != AnswerSet.NO_ERROR) {
            return false;
        }
        return Replies.isCut(reply) || reply.length >= NEARLY_FULL || (Replies.answers(reply) > 0 && !hasOpt(reply));
    }

    private static byte[] markedIfCut(byte[] overTcp, Question question) {
        int most = question.type() == TYPE_SRV ? MOST_SRV_ANSWERS : MOST_ANSWERS;
        return Replies.answers(overTcp) >= most || mayBeCut(overTcp) ? marked(overTcp) : overTcp;
    }

    private static byte[] marked(byte[] reply) {
        byte[] marked = reply.clone();
        marked[Header.FLAGS] |= (byte) (Header.TC >> 8);
        return marked;
    }

    private static boolean hasOpt(byte[] reply) {
        try {
            MessageReader reader = new MessageReader(reply);
            while (reader.next()) {
                if (reader.type() == TYPE_OPT) {
                    return true;
                }
            }
            return false;
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a reply that was checked cannot be read", impossible);
        }
    }
}
