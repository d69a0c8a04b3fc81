package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;

/**
 * What is said to a Consul agent to get a complete answer set from it.
 *
 * <p>An agent cuts a reply that does not fit, and by default does not say so: no TC bit, just fewer instances than there are. So it is
 * never asked with a client's size. Over loopback, whose packets are of 64 KiB, UDP with the largest EDNS size carries over a
 * thousand instances in one datagram, without a connection. Three signs tell of a reply that was cut all the same: TC, a size near
 * the one advertised, and a missing OPT record (which the agent loses when it cuts). Then, and for agents elsewhere, TCP is asked, too,
 * and the larger answer counts: over TCP SRV answers stop at 1,024, where UDP may have carried more.
 *
 * <p>A reply that may still be cut has TC set, whatever the agent said: this is how those who keep it know that it is not the whole.
 */
final class AgentDialogue implements Dialogue {
    /** As large as a UDP message on loopback gets, with room to spare for headers. */
    static final int UDP_SIZE = 65_000;

    /** An agent cuts a reply to 8 bytes below the size advertised, a record with its glue at a time. */
    private static final int NEARLY_FULL = UDP_SIZE - 1_024;

    /** Over TCP an agent cuts to so many answers, and again does not say so. */
    private static final int MOST_ANSWERS = 4_096;

    private static final int MOST_SRV_ANSWERS = 1_024;

    private static final Form DATAGRAM = new Form(UDP_SIZE);
    private static final Form STREAM = new Form(0xffff);

    private static final int TYPE_SRV = 33;
    private static final int TYPE_OPT = 41;

    @Override
    public CompletableFuture<byte[]> hold(Call call) {
        return call.server().address().getAddress().isLoopbackAddress() ? udpFirst(call) : tcpFirst(call);
    }

    private static CompletableFuture<byte[]> udpFirst(Call call) {
        return Attempts.orElse(
                        call.udp(DATAGRAM),
                        failure -> failure.reason() == Reason.MISMATCHED
                                ? call.tcp(STREAM)
                                : CompletableFuture.failedFuture(failure))
                .thenCompose(reply -> {
                    if (saysNothing(reply)) {
                        return tcpFirst(call);
                    }
                    return mayBeCut(reply) ? largerOverTcp(reply, call) : CompletableFuture.completedFuture(reply);
                });
    }

    private static CompletableFuture<byte[]> largerOverTcp(byte[] overUdp, Call call) {
        CompletableFuture<byte[]> larger = call.tcp(STREAM)
                .thenApply(overTcp -> Replies.answers(overTcp) >= Replies.answers(overUdp)
                        ? markedIfCut(overTcp, call.question())
                        : marked(overUdp));
        // What is left of a reply that was cut down to nothing says nothing.
        return Attempts.orElse(
                larger,
                failure -> Replies.answers(overUdp) > 0
                        ? CompletableFuture.completedFuture(marked(overUdp))
                        : CompletableFuture.failedFuture(failure));
    }

    private static CompletableFuture<byte[]> tcpFirst(Call call) {
        return call.tcp(STREAM)
                .thenCompose(reply -> saysNothing(reply)
                        ? CompletableFuture.failedFuture(
                                call.server().failure(Reason.MISMATCHED, "cut its reply to nothing"))
                        : CompletableFuture.completedFuture(markedIfCut(reply, call.question())));
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
