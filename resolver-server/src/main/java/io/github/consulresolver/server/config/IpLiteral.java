package io.github.consulresolver.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * IP addresses as people write them, read without ever asking a resolver: {@link InetAddress#getByName} would look up
 * what is not an address, and the resolver of this host may be this very server.
 */
public final class IpLiteral {

    private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

    /** Letters of an address, optionally a scope (RFC 4007). That it is an address is checked by the JDK. */
    private static final Pattern IPV6_LETTERS = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\\w.-]+)?");

    private IpLiteral() {}

    /**
     * Reads {@code 10.0.0.1}, {@code 2001:db8::1} or {@code fe80::1%eth0} (no brackets).
     *
     * @return the address, or empty when it is none, or when its scope names no interface of this host
     */
    public static Optional<InetAddress> parse(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6_LETTERS.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            // In brackets a text is an address or an error, never a name to look up.
            return Optional.of(InetAddress.getByName(text.indexOf(':') >= 0 ? "[" + text + "]" : text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Writes an address the way it is read; IPv6 with its longest run of zeros left out (RFC 5952, section 4.2). */
    public static String format(InetAddress address) {
        String host = address.getHostAddress();
        int percent = host.indexOf('%');
        String scope = percent < 0 ? "" : host.substring(percent);
        String[] groups = (percent < 0 ? host : host.substring(0, percent)).split(":", -1);
        int start = -1;
        int length = 1;
        for (int i = 0; i < groups.length; i++) {
            int end = i;
            while (end < groups.length && groups[end].equals("0")) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        if (start < 0) {
            return host;
        }
        String before = String.join(":", Arrays.copyOfRange(groups, 0, start));
        String after = String.join(":", Arrays.copyOfRange(groups, start + length, groups.length));
        return before + "::" + after + scope;
    }
}
