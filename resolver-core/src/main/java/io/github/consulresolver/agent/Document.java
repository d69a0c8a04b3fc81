package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes something of a reply's body while it comes, so that it need not be held. For one body, and one thread.
 *
 * @param <T> what is made
 */
public interface Document<T> {
    /**
     * Takes the next part, to its limit.
     *
     * @throws IOException with one line that says what was wrong with it
     */
    void take(ByteBuffer part) throws IOException;

    /**
     * What was made; the body has ended.
     *
     * @throws IOException with one line that says what was wrong with it
     */
    T end() throws IOException;

    /**
     * Reads nothing of a body, of which the headers are all that counts.
     *
     * @param most how many bytes it may have, because it is of no use
     */
    static Document<Boolean> unread(int most) {
        return new Document<>() {
            private long left = most;

            @Override
            public void take(ByteBuffer part) throws IOException {
                left -= part.remaining();
                part.position(part.limit());
                if (left < 0) {
                    throw new IOException("a body of more than " + most + " bytes, of which nobody needs any");
                }
            }

            @Override
            public Boolean end() {
                return true;
            }
        };
    }
}
