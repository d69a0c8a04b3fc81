package io.github.consulresolver.server.differential;

import io.github.consulresolver.consul.Protocol;

/** The ways in which each question is asked. */
enum Transport {
    UDP(Protocol.UDP, 0),
    UDP_1232(Protocol.UDP, 1232),
    UDP_4096(Protocol.UDP, 4096),
    TCP(Protocol.TCP, 0);

    private static final int CLASSIC = 512;

    private final Protocol protocol;
    private final int ednsSize;

    Transport(Protocol protocol, int ednsSize) {
        this.protocol = protocol;
        this.ednsSize = ednsSize;
    }

    Protocol protocol() {
        return protocol;
    }

    /** The size that the query's OPT record names, or 0 for a query without one. */
    int ednsSize() {
        return ednsSize;
    }

    /** The most bytes of a reply. */
    int room() {
        return protocol == Protocol.TCP ? 0xffff : Math.max(CLASSIC, ednsSize);
    }

    /** Whether an agent gives a few instances only, whatever the room. */
    boolean isClassic() {
        return protocol == Protocol.UDP && ednsSize <= CLASSIC;
    }
}
