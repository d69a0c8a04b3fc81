package io.github.consulresolver.agent;

import java.time.Duration;

/**
 * A connection to an agent's HTTP API: one request after the other, none beside another. It is made by the first request, kept between
 * requests, and made anew by the first one after it was lost. For the thread of its {@link Loop} alone.
 */
public interface AgentLine extends AutoCloseable {
    /**
     * Asks; only when nothing is under way.
     *
     * @param path with its query
     * @param timeout how long the whole reply may take
     * @param document makes something of a body with status 200
     * @param answer hears of it, once, on the loop's thread, and not before this returns
     */
    <T> void get(String path, Duration timeout, Document<T> document, Answer<T> answer);

    /** Whether the next request can go where the last reply came from: the connection has not ended since. */
    boolean isConnected();

    /** Ends the connection. Nobody hears any more of what is under way. The next request makes a new one. */
    @Override
    void close();

    /** Hears what came of a request. */
    interface Answer<T> {
        /** There is a reply, of whatever status. */
        void reply(AgentReply<T> reply);

        /**
         * There is none; the connection is closed.
         *
         * @param reason one line, without the token
         */
        void failed(Failure failure, String reason);
    }

    /** How a request can fail. */
    enum Failure {
        /** Nothing listens there, or the connection ended: whoever was there has died, or wants nothing of us. */
        DIED,
        /** Nothing came in time, or not the whole: it may live. */
        SILENT,
        /** What came cannot be read, or there is no safe way to ask. */
        UNUSABLE
    }
}
