package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Edns;
import org.jspecify.annotations.Nullable;

/**
 * How a question is written to a server.
 *
 * @param udpSize the largest UDP reply we take, in bytes, 512 to 65,535; or {@link #PLAIN}
 * @param mark put on it, if there is one and there is EDNS
 * @param mixedCase whether the letters of the name are large or small by chance, where somebody may pose as the server
 */
record Form(int udpSize, @Nullable LoopMark mark, boolean mixedCase) {
    Form(int udpSize) {
        this(udpSize, null, false);
    }

    /** As a size: the query goes out without an OPT record, and 512 bytes may come. */
    static final int PLAIN = 0;

    /** The same with the letters as they are. */
    Form inLowerCase() {
        return mixedCase ? new Form(udpSize, mark, false) : this;
    }

    /** The same without EDNS. */
    Form withoutEdns() {
        return new Form(PLAIN, null, mixedCase);
    }

    boolean hasEdns() {
        return udpSize != PLAIN;
    }

    /** Of a UDP reply, in bytes. */
    int largestReply() {
        return hasEdns() ? udpSize : Edns.CLASSIC_UDP_SIZE;
    }
}
