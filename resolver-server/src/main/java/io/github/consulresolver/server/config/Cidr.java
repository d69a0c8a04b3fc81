package io.github.consulresolver.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A range of addresses in CIDR notation (RFC 4632): {@code 10.0.0.0/8}, {@code fd00::/8}; a lone address is a range of
 * one. Immutable.
 *
 * @param network the range's first address
 * @param prefixLength how many leading bits are fixed: 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Cidr(InetAddress network, int prefixLength) {

    /** Whether the address is in this range; an address of the other family never is. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] first = network.getAddress();
        if (bytes.length != first.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit += 8) {
            int mask = 0xFF << Math.max(0, 8 - (prefixLength - bit));
            if (((bytes[bit / 8] ^ first[bit / 8]) & mask & 0xFF) != 0) {
                return false;
            }
        }
        return true;
    }

    static Cidr parse(String text) throws ConfigException {
        int slash = text.indexOf('/');
        InetAddress address =
                IpLiteral.parse(slash < 0 ? text : text.substring(0, slash)).orElseThrow(() -> expected(text));
        int bits = address.getAddress().length * 8;
        String length = slash < 0 ? String.valueOf(bits) : text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            throw expected(text);
        }
        Cidr cidr = new Cidr(masked(address, Integer.parseInt(length)), Integer.parseInt(length));
        if (!cidr.network.equals(address)) {
            throw new ConfigException("the address has bits outside its range, did you mean \"" + cidr + "\"? Found \""
                    + Quoted.text(text) + "\"");
        }
        return cidr;
    }

    private static ConfigException expected(String text) {
        return new ConfigException(
                "expected an address range, like 10.0.0.0/8 or fd00::/8; found \"" + Quoted.text(text) + "\"");
    }

    private static InetAddress masked(InetAddress address, int prefixLength) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int fixed = Math.min(8, Math.max(0, prefixLength - i * 8));
            bytes[i] &= (byte) (0xFF << (8 - fixed));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address keeps its length", e);
        }
    }

    /** The notation this range is read from. */
    @Override
    public String toString() {
        return IpLiteral.format(network) + "/" + prefixLength;
    }
}
