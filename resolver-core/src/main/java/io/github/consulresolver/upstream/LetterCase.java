package io.github.consulresolver.upstream;

import java.time.Duration;

/**
 * Whether a server repeats the letters of a name as it was asked, large ones large. Most do, and a forger who does not know them is found out;
 * one that does not, several times in a row, is asked in small letters for some time. Thread-safe.
 */
final class LetterCase {
    /** Once may be a forger. */
    static final int CHANGES = 3;

    static final Duration MEMORY = Duration.ofHours(1);

    private int changes;
    private long until;

    /** It repeated them. */
    synchronized void kept() {
        changes = 0;
    }

    /** It did not. */
    synchronized void changed(long now) {
        if (changes < CHANGES && ++changes == CHANGES) {
            until = now + MEMORY.toNanos();
        }
    }

    /** Whether to count on it. */
    synchronized boolean isKept(long now) {
        if (changes == CHANGES && now - until >= 0) {
            changes = 0;
        }
        return changes < CHANGES;
    }
}
