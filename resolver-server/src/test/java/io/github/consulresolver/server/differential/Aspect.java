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
    /** As many as the agent gives by this transport would be more. */
    ANSWER_FEWER,
    ANSWER_MORE,
    FIRST_ANSWER,
    AUTHORITY_MISSING,
    AUTHORITY_EXTRA,
    ADDITIONAL_MISSING,
    ADDITIONAL_EXTRA,
    /** The owner of an answer, in upper and lower case. */
    OWNER_CASE,
    TTL,
    /** Larger than the client said. */
    SIZE,
    /** OPT in the reply, but not in the query, or the other way round. */
    OPT,
    /** We have an OPT, rightly, and the agent has none. */
    OPT_KEPT,
    OPT_SIZE,
    /** EDNS version, flags or options. */
    OPT_CONTENT
}
