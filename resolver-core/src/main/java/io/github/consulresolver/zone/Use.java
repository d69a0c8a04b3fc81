package io.github.consulresolver.zone;

/** What may be done with an answer that is kept. */
public enum Use {
    /** Give it: its time is not over. */
    FRESH,
    /** Give it, and say that it is stale: its upstream failed, and is left alone for a moment. */
    STALE,
    /** Give SERVFAIL: its upstream failed, and is left alone for a moment. */
    FAILED,
    /** Nothing, before the upstream has been asked. */
    ASK
}
