package io.github.consulresolver.dns;

/**
 * Everything an upstream said to one question, ready to be written to any client: complete, whatever that client's size.
 *
 * <p>Immutable.
 */
public sealed interface AnswerSet permits InstanceSet, VerbatimAnswer {
    int NO_ERROR = 0;
    int SERVER_FAILURE = 2;
    int NAME_ERROR = 3;

    /** Whether a response code says what there is, or that there is nothing: all else is that a server cannot or will not say. */
    static boolean isAnswer(int rcode) {
        return rcode == NO_ERROR || rcode == NAME_ERROR;
    }

    /** The response code, 0 to 15. */
    int rcode();

    /**
     * How long it may be answered from a cache, in seconds, 0 to 2,147,483,647: the smallest TTL in it; for a negative answer
     * that and the SOA record's minimum, 0 without one (RFC 2308 section 5).
     */
    int ttl();

    /** Whether it says that there is nothing: NXDOMAIN, or no record of the type (NODATA). */
    boolean isNegative();

    /** Whether it is the same whatever network the client is in (RFC 7871). */
    boolean isForEverySubnet();

    /** What it costs to keep, in bytes. */
    int weight();
}
