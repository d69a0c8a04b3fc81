package io.github.consulresolver.server.recursors;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Recognises this server in somebody's list of servers. Immutable.
 *
 * @param listen what this server listens on; a wildcard stands for every local address
 * @param local the addresses of this host
 */
public record OwnAddresses(Set<InetSocketAddress> listen, Set<InetAddress> local) {

    /** Copies the sets. */
    public OwnAddresses {
        listen = Set.copyOf(listen);
        local = Set.copyOf(local);
    }

    /** This server on this host; the host's addresses are read now. */
    public static OwnAddresses ofThisHost(List<InetSocketAddress> listen) {
        Set<InetAddress> local = new HashSet<>();
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .forEach(local::add);
        } catch (SocketException e) {
            // A host without interfaces has no addresses to recognise; loopback is recognised without them.
        }
        return new OwnAddresses(Set.copyOf(listen), local);
    }

    /** Whether a query sent there would come back to this server. */
    boolean contains(InetSocketAddress server) {
        return listen.stream().anyMatch(own -> own.getPort() == server.getPort() && reaches(server, own.getAddress()));
    }

    private boolean reaches(InetSocketAddress server, InetAddress own) {
        InetAddress target = server.getAddress();
        boolean onThisHost = target.isLoopbackAddress() || target.isAnyLocalAddress() || local.contains(target);
        // A query to 0.0.0.0 or :: goes to loopback (resolv.conf(5) of musl, and Linux's connect).
        return own.equals(target)
                || own.isAnyLocalAddress() && onThisHost
                || target.isAnyLocalAddress() && own.isLoopbackAddress();
    }
}
