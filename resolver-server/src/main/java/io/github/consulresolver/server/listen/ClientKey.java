package io.github.consulresolver.server.listen;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Whom two queries have in common, for shares. Another host, or a container, is an IPv4 address, or the network of an IPv6 address (64 bits: a
 * host may have all of them). The programs of this host share one address; there a client is a socket. A program that floods does it from one or a
 * few sockets; one that opens a socket for each query, as the C library does, waits for each, and so holds no more than it has threads.
 *
 * @param id the address, behind it the port where it is loopback; IPv6 networks have other numbers than IPv4 addresses, because none that is in
 *     use begins with 16 zero bits
 */
record ClientKey(long id) {
    private static final int V4_LENGTH = 4;

    static ClientKey of(InetSocketAddress client) {
        return of(client.getAddress(), client.getPort());
    }

    static ClientKey of(InetAddress address, int port) {
        boolean loopback = address.isLoopbackAddress();
        byte[] bytes = address.getAddress();
        if (bytes.length != V4_LENGTH) {
            return new ClientKey(loopback ? port : ByteBuffer.wrap(bytes).getLong());
        }
        long v4 = ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL;
        return new ClientKey(v4 << Short.SIZE | (loopback ? port : 0));
    }
}
