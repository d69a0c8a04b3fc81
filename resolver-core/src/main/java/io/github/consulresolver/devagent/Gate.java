package io.github.consulresolver.devagent;

import java.io.InterruptedIOException;

/** Holds answers back while the agent is paused. Thread-safe. */
final class Gate {
    private boolean shut;

    synchronized void shut() {
        shut = true;
    }

    synchronized void open() {
        shut = false;
        notifyAll();
    }

    /**
     * Returns when it is open.
     *
     * @throws InterruptedIOException when the agent is closed before
     */
    synchronized void pass() throws InterruptedIOException {
        try {
            while (shut) {
                wait();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the agent is closed");
        }
    }
}
