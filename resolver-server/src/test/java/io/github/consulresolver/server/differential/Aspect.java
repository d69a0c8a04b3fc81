package io.github.consulresolver.server.differential;

/** In what two answers differ. */
enum Aspect {
    RCODE,
    AUTHORITATIVE,
    RECURSION_AVAILABLE,
    TRUNCATED,
    /** One of the other bits, the opcode, or the question. */
    HEADER,
    ANSWER_MISSING,
    ANSWER_EXTRA,
    /** The agent gives more by this transport, and there is room. */
    ANSWER_FEWER,
    /** The agent gives fewer by this transport, but has more. */
    ANSWER_MORE,
    /** More than may be given without EDNS. */
    TOO_MANY,
    FIRST_ANSWER,
    AUTHORITY_MISSING,
    AUTHORITY_EXTRA,
    ADDITIONAL_MISSING,
    ADDITIONAL_EXTRA,
    /** A name in upper or lower case. */
    LETTERS,
    TTL,
    /** Larger than the client said. */
    SIZE,
    /** OPT in the reply, but not in the query, or the other way round. */
    OPT,
    /** We have an OPT, rightly, and the agent has none. */
    OPT_KEPT,
    OPT_SIZE,
    OPT_FLAGS,
    EXTENDED_ERROR,
    /** EDNS version or options. */
    OPT_CONTENT
}
