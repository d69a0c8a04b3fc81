package io.github.consulresolver.upstream;

/** The loops there are. Thread-safe. */
@FunctionalInterface
interface Loops {
    /** The loop that the calling thread is; any of them, in turn, when it is none. */
    Loop here();
}
