package io.github.consulresolver.upstream;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import java.net.InetSocketAddress;

/** One query on a socket, until one reply, one failure, or nobody wants to know any more. Then the socket is told. On its loop. */
final class Exchange implements Wire.Sent {
    /** So many wrong replies are no accident: somebody guesses. The question is better asked where he cannot. */
    static final int MOST_MISMATCHES = 20;

    /** Where a query is under way. */
    interface Carrier {
        /** It is over. */
        void landed(Exchange exchange);

        /** Nobody waits for its reply, which may still come. */
        void abandoned(Exchange exchange);
    }

    private final SentQuery query;
    private final InetSocketAddress server;
    private final Protocol protocol;
    private final UpstreamListener listener;
    private final Wire.Outcome outcome;
    private Carrier carrier;
    private boolean moved;
    private boolean over;
    private int mismatches;

    Exchange(
            SentQuery query,
            InetSocketAddress server,
            Protocol protocol,
            UpstreamListener listener,
            Wire.Outcome outcome,
            Carrier carrier) {
        this.query = query;
        this.server = server;
        this.protocol = protocol;
        this.listener = listener;
        this.outcome = outcome;
        this.carrier = carrier;
    }

    SentQuery query() {
        return query;
    }

    /** Goes on elsewhere, which it may once. */
    boolean moveTo(Carrier other) {
        boolean first = !moved;
        moved = true;
        carrier = other;
        return first;
    }

    /** Takes a message that came. */
    void received(byte[] bytes) {
        switch (query.judge(bytes)) {
            case ANSWER -> {
                if (land()) {
                    query.restoreCase(bytes);
                    outcome.answered(bytes);
                }
            }
            case OTHER_CASE -> {
                listener.dropped(server, protocol);
                if (land()) {
                    outcome.answeredInOtherCase();
                }
            }
            case NO_EDNS -> fail(Reason.NO_EDNS, "does not understand EDNS");
            case REFUSAL -> fail(Reason.REFUSED, "answered with response code " + Replies.rcode(bytes));
            case BROKEN -> {
                listener.dropped(server, protocol);
                fail(Reason.MISMATCHED, "the reply cannot be read");
            }
            case STRANGER -> {
                listener.dropped(server, protocol);
                strangerCame();
            }
        }
    }

    /** Over UDP it may be a forger's, so the answer may still come; over TCP it is the server's. */
    private void strangerCame() {
        if (protocol == Protocol.TCP) {
            fail(Reason.MISMATCHED, "the reply answers something else");
        } else if (++mismatches == MOST_MISMATCHES) {
            fail(Reason.MISMATCHED, MOST_MISMATCHES + " replies to something else");
        }
    }

    void fail(Reason reason, String what) {
        if (land()) {
            outcome.failed(reason, what);
        }
    }

    private boolean land() {
        if (over) {
            return false;
        }
        over = true;
        carrier.landed(this);
        return true;
    }

    @Override
    public void abandon() {
        if (!over) {
            over = true;
            carrier.abandoned(this);
        }
    }
}
