package io.github.consulresolver.upstream;

import java.time.Duration;

/**
 * What is remembered of a server's failures: whether it is failing, and when it is to be tried again. Only failures to carry a question count
 * (silence, nothing listens, a connection that broke), never what an answer says. The first answer, of whatever kind, ends the memory.
 * Thread-safe.
 */
final class Failures {
    /** From the first failure until the server is tried again. It doubles with each failure of such a trial. */
    static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);

    /** The longest time between two trials. A server that is back is found within it. */
    static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    private boolean failing;
    private boolean onTrial;
    private long backoff;
    private long until;
    private long answered = Long.MIN_VALUE;

    /**
     * An attempt failed. It says nothing when the server has answered another one since, or has been known to fail.
     *
     * @param asked when the attempt began
     * @return whether this is news: it was not failing before
     */
    synchronized boolean failed(long asked, long now) {
        if (answered != Long.MIN_VALUE && answered - asked > 0) {
            return false;
        }
        boolean news = !failing;
        if (news) {
            backoff = FIRST_BACKOFF.toNanos();
        } else if (now - until < 0) {
            return false;
        } else {
            backoff = Math.min(LONGEST_BACKOFF.toNanos(), 2 * backoff);
        }
        failing = true;
        onTrial = false;
        until = now + backoff;
        return news;
    }

    /**
     * It answered something.
     *
     * @return whether this is news: it was failing before
     */
    synchronized boolean answered(long now) {
        boolean news = failing;
        failing = false;
        onTrial = false;
        answered = now;
        return news;
    }

    synchronized boolean isFailing() {
        return failing;
    }

    /** Whether the caller is to try the server now: its backoff has ended, and nobody else tries it. Then it is the caller's to try it. */
    synchronized boolean beginTrial(long now) {
        if (!failing || onTrial || now - until < 0) {
            return false;
        }
        onTrial = true;
        return true;
    }

    /** The trial was given up without an outcome. */
    synchronized void endTrial() {
        onTrial = false;
    }
}
