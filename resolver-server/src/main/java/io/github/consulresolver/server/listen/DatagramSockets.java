package io.github.consulresolver.server.listen;

import java.util.concurrent.CompletableFuture;

/**
 * The UDP sockets of one address. They share their port ({@code SO_REUSEPORT}): the kernel spreads clients over them.
 *
 * <p><b>Going.</b> A socket that is closed takes the queries with it that nobody has read yet. So it is first connected, to its own address,
 * from where nothing comes: from then on the kernel refuses others' datagrams (they get an ICMP error, as from a closed port), while what
 * is queued already can still be read, and answered. It is closed when nothing is left to read.
 */
interface DatagramSockets {
    /** The kernel grants what {@code net.core.rmem_max} and {@code wmem_max} allow. */
    int BUFFER = 4 << 20;

    /** A query, with every EDNS option there is, is below 1 KiB. */
    int MAX_DATAGRAM = 2048;

    /** So many datagrams are taken from the kernel, and given to it, at a time. */
    int BATCH = 64;

    /** Lets nothing new in. The result is complete when every datagram that had come before has been read. */
    CompletableFuture<Void> refuseNew();

    /** Closes the sockets. */
    void close();
}
