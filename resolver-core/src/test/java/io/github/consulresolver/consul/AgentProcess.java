package io.github.consulresolver.consul;

import java.io.IOException;

/** An agent as something that runs: what it says over DNS and HTTP is {@link ConsulAgent}'s business. */
interface AgentProcess extends AutoCloseable {

    /** Starts it, the first time or again after {@link #kill()}, with the same ports and data. */
    void start() throws IOException;

    boolean isAlive();

    /** Stops it from running without ending it; its sockets stay open. */
    void pause() throws IOException;

    void resume() throws IOException;

    /** Ends it without warning and returns when it has ended. */
    void kill() throws IOException;

    /** Removes its data. Only after {@link #kill()}. */
    void wipe() throws IOException;

    /** What it wrote since its last start. */
    String log();

    /** Ends it if it runs and removes its data. */
    @Override
    void close();
}
