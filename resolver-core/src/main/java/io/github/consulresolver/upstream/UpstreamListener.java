package io.github.consulresolver.upstream;

import java.net.InetSocketAddress;

/**
 * Hears what happens between us and the upstreams. Called on threads of the transport, by several at the same time; what it does
 * must be quick and must not throw.
 */
public interface UpstreamListener {
    /** Hears nothing. */
    UpstreamListener NONE = new UpstreamListener() {};

    /** How a question travelled. */
    enum Protocol {
        UDP,
        TCP
    }

    /**
     * A server answered.
     *
     * @param nanos from sending to answer
     * @param rcode the response code, 0 to 15
     */
    default void answered(InetSocketAddress server, Protocol protocol, long nanos, int rcode) {}

    /** A server did not answer. */
    default void failed(InetSocketAddress server, Protocol protocol, UpstreamException.Reason reason) {}

    /** Something came that was no answer to what was asked, and was dropped: wrong id, wrong question, or not readable. */
    default void dropped(InetSocketAddress server, Protocol protocol) {}

    /** A server that answered before, or was not asked before, fails: it is asked last from now on, unless there is no other. */
    default void down(InetSocketAddress server) {}

    /** A server that failed has answered. */
    default void up(InetSocketAddress server) {}

    /** A server was asked beside another one, which takes longer than it usually does. */
    default void hedged(InetSocketAddress server) {}

    /** A server was asked the same question once more, in another turn. */
    default void retried(InetSocketAddress server) {}

    /** A question went over a TCP connection that was there already. */
    default void reused(InetSocketAddress server) {}
}
