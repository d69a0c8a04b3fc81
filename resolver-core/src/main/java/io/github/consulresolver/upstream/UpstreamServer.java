package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import java.net.InetSocketAddress;
import java.time.Duration;

/** One server, and what is known of it: how long it takes to answer, and whether it fails. Shared by all loops; thread-safe. */
final class UpstreamServer {
    /** For the first question, as RFC 6298 section 2.1 has it. */
    static final Duration INITIAL_TIMEOUT = Duration.ofSeconds(1);

    /** What a recursor has to ask others for takes longer than what it knows; to lose patience sooner would but double the questions. */
    static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(300);

    /** Two tries within the budget of a question, and some time for the second. */
    static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(2);

    /** Over TCP the kernel sends again what is lost, after a second at first (RFC 6298), and a handshake may come before. */
    static final Duration INITIAL_TCP_TIMEOUT = Duration.ofMillis(1500);

    static final Duration SHORTEST_TCP_TIMEOUT = Duration.ofSeconds(1);
    static final Duration LONGEST_TCP_TIMEOUT = Duration.ofSeconds(3);

    private final InetSocketAddress address;
    private final UpstreamListener listener;
    private final RoundTrip udp = new RoundTrip(INITIAL_TIMEOUT, SHORTEST_TIMEOUT, LONGEST_TIMEOUT);
    private final RoundTrip tcp = new RoundTrip(INITIAL_TCP_TIMEOUT, SHORTEST_TCP_TIMEOUT, LONGEST_TCP_TIMEOUT);
    private final Failures failures = new Failures();
    private final LetterCase letterCase = new LetterCase();

    /** @param address resolved */
    UpstreamServer(InetSocketAddress address, UpstreamListener listener) {
        this.address = address;
        this.listener = listener;
    }

    InetSocketAddress address() {
        return address;
    }

    RoundTrip roundTrip(Protocol protocol) {
        return protocol == Protocol.UDP ? udp : tcp;
    }

    Failures failures() {
        return failures;
    }

    /** The same form, or one with the letters as they are, where this server does not keep their case. */
    Form suited(Form form, long now) {
        return letterCase.isKept(now) ? form : form.inLowerCase();
    }

    /** Sends a query once, and takes note of what becomes of it. */
    Wire.Sent send(Protocol protocol, Loop loop, Question question, Form form, Wire.Outcome outcome) {
        long asked = loop.nanos();
        Wire.Outcome noted = new Wire.Outcome() {
            @Override
            public void answered(byte[] reply) {
                long now = loop.nanos();
                roundTrip(protocol).answered(now - asked);
                isThere(now);
                if (form.mixedCase()) {
                    letterCase.kept();
                }
                listener.answered(address, protocol, now - asked, Replies.rcode(reply));
                outcome.answered(reply);
            }

            @Override
            public void answeredInOtherCase() {
                letterCase.changed(loop.nanos());
                failed(Reason.MISMATCHED, "changed the case of the name");
            }

            @Override
            public void failed(Reason reason, String what) {
                noteFailure(protocol, reason, asked, loop.nanos());
                outcome.failed(reason, what);
            }
        };
        Wire wire = loop.wire(address);
        return protocol == Protocol.UDP ? wire.udp(question, form, noted) : wire.tcp(question, form, noted);
    }

    /** No answer came in time to what was asked then. One that comes after all counts all the same. */
    void silent(Protocol protocol, long asked, long now) {
        roundTrip(protocol).silent(asked, now);
        noteFailure(protocol, Reason.TIMEOUT, asked, now);
    }

    private void noteFailure(Protocol protocol, Reason reason, long asked, long now) {
        switch (reason) {
            case TIMEOUT, UNREACHABLE, CLOSED -> {
                if (failures.failed(asked, now)) {
                    listener.down(address);
                }
            }
            case REFUSED, NO_EDNS -> isThere(now);
            case MISMATCHED, OVERLOADED, NO_UPSTREAM -> {
                // Somebody else's doing, perhaps, or ours.
            }
        }
        listener.failed(address, protocol, reason);
    }

    private void isThere(long now) {
        if (failures.answered(now)) {
            listener.up(address);
        }
    }

    /** A failure of this server. */
    UpstreamException failure(Reason reason, String what) {
        return new UpstreamException(
                reason, address.getAddress().getHostAddress() + ":" + address.getPort() + ": " + what);
    }
}
