package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Edns;

/**
 * How a question is written to a server.
 *
 * @param udpSize the largest UDP reply we take, in bytes, 512 to 65,535; or {@link #PLAIN}
 */
record Form(int udpSize) {
    /** As a size: the query goes out without an OPT record, and 512 bytes may come. */
    static final int PLAIN = 0;

    boolean hasEdns() {
        return udpSize != PLAIN;
    }

    /** Of a UDP reply, in bytes. */
    int largestReply() {
        return hasEdns() ? udpSize : Edns.CLASSIC_UDP_SIZE;
    }
}
