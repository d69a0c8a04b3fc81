package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;

/**
 * The way from one loop to one server: carries a query there, and what comes back. It knows no time; who has waited long enough abandons the
 * query. Every method, and every call of an {@link Outcome}, is on the loop.
 */
interface Wire {
    /** Sends a query over UDP. The outcome may be told before this returns. */
    Sent udp(Question question, Form form, Outcome outcome);

    /** Sends a query over TCP, on a connection that may carry others, too. */
    Sent tcp(Question question, Form form, Outcome outcome);

    /** Hears what became of a query: one of these, once; nothing when it was abandoned. */
    interface Outcome {
        /** A reply came that is whole, readable, and an answer to the question that was sent. */
        void answered(byte[] reply);

        /** All was right with the reply but the case of the name, which was mixed. */
        void answeredInOtherCase();

        /** There is no answer; {@code what} says what happened, in words. */
        void failed(Reason reason, String what);
    }

    /** A query under way. */
    @FunctionalInterface
    interface Sent {
        /** Nobody wants to know any more. Does nothing when the outcome was told. */
        void abandon();
    }
}
