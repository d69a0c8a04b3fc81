package io.github.consulresolver.server.listen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * This host's addresses at one moment, each with the length of its subnet's prefix. Immutable.
 *
 * @param prefixes bits of the subnet, by address; in the order the system lists them
 */
public record Interfaces(Map<InetAddress, Integer> prefixes) {

    /** Asks the system: some milliseconds. */
    public static Interfaces now() {
        Map<InetAddress, Integer> prefixes = new LinkedHashMap<>();
        try {
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                // Also of those that Java does not call up: a bridge without containers has its address nevertheless.
                for (InterfaceAddress address : each.getInterfaceAddresses()) {
                    prefixes.put(withoutScope(address.getAddress()), (int) address.getNetworkPrefixLength());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The system does not tell its addresses", e);
        }
        return new Interfaces(prefixes);
    }

    /** A link-local address of another interface is another address; all others are the same with and without their scope. */
    private static InetAddress withoutScope(InetAddress address) throws IOException {
        return address.isLinkLocalAddress() ? address : InetAddress.getByAddress(address.getAddress());
    }

    Set<InetAddress> addresses() {
        return prefixes.keySet();
    }

    /** The addresses of one family that a wildcard of that family stands for. */
    List<InetAddress> behind(InetAddress wildcard) {
        return prefixes.keySet().stream()
                .filter(address -> address.getClass() == wildcard.getClass())
                .toList();
    }

    boolean has(InetAddress address) {
        return prefixes.containsKey(address);
    }

    /** Whether {@code other} lies in the subnet of our address {@code own}. */
    boolean isInSubnetOf(InetAddress own, InetAddress other) {
        Integer prefix = prefixes.get(own);
        byte[] a = own.getAddress();
        byte[] b = other.getAddress();
        // A prefix of no bits is how some tunnels say that they have no subnet: everybody would be in it.
        if (prefix == null || prefix == 0 || a.length != b.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit += Byte.SIZE) {
            int mask = 0xff << Math.max(0, Byte.SIZE - (prefix - bit));
            if (((a[bit / Byte.SIZE] ^ b[bit / Byte.SIZE]) & mask & 0xff) != 0) {
                return false;
            }
        }
        return true;
    }
}
