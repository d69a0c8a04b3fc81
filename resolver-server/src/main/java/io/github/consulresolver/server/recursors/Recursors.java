package io.github.consulresolver.server.recursors;

import io.github.consulresolver.server.config.HostPort;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The servers for all other names, and where they came from. Immutable.
 *
 * @param addresses in the order in which they are asked; empty when there is none
 * @param source where they were found, for people: {@code /etc/resolv.conf}
 */
public record Recursors(List<InetSocketAddress> addresses, String source) {

    /** Copies the list. */
    public Recursors {
        addresses = List.copyOf(addresses);
    }

    /** The same without those that are this server: a query sent there would come back. */
    public Recursors without(OwnAddresses own) {
        return new Recursors(
                addresses.stream().filter(address -> !own.contains(address)).toList(), source);
    }

    /** {@code 10.0.0.2:53, 10.0.0.3:53 (from /etc/resolv.conf)}, or {@code none}. */
    @Override
    public String toString() {
        return addresses.isEmpty()
                ? "none"
                : addresses.stream().map(HostPort::format).collect(Collectors.joining(", ")) + " (from " + source + ")";
    }
}
