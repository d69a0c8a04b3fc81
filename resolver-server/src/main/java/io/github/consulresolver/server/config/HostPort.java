package io.github.consulresolver.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code HOST:PORT} as people write it: {@code 127.0.0.1:53}, {@code [::1]:53}, {@code ::1}, {@code localhost:8600}.
 *
 * <p>Other host names are an error for now: they are to be resolved through the recursors, never through the system's
 * resolver, which is us.
 */
public final class HostPort {

    private static final Pattern BRACKETED = Pattern.compile("\\[([^\\[\\]]*)](?::([^:]*))?");
    private static final Pattern PLAIN = Pattern.compile("([^:\\[\\]]*)(?::([^:]*))?");

    private HostPort() {}

    /** An address to listen on: the wildcard, and port 0 for "any free port", are allowed. */
    public static InetSocketAddress local(String text, int defaultPort) throws ConfigException {
        return parse(text, defaultPort, 0);
    }

    /** An address to send to: neither the wildcard nor port 0. */
    public static InetSocketAddress remote(String text, int defaultPort) throws ConfigException {
        InetSocketAddress address = parse(text, defaultPort, 1);
        if (address.getAddress().isAnyLocalAddress()) {
            throw new ConfigException("nothing can be sent to the wildcard address, write 127.0.0.1 or [::1]; found \""
                    + Quoted.text(text) + "\"");
        }
        return address;
    }

    /** Writes an address the way it is read: {@code 127.0.0.1:53}, {@code [::1]:53}. */
    public static String format(InetSocketAddress address) {
        String host = IpLiteral.format(address.getAddress());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static InetSocketAddress parse(String text, int defaultPort, int lowestPort) throws ConfigException {
        if (IpLiteral.parse(text).isPresent()) {
            return new InetSocketAddress(IpLiteral.parse(text).get(), defaultPort);
        }
        Matcher bracketed = BRACKETED.matcher(text);
        boolean inBrackets = bracketed.matches();
        Matcher parts = inBrackets ? bracketed : PLAIN.matcher(text);
        if (!parts.matches() || parts.group(1).isEmpty()) {
            throw new ConfigException("expected HOST:PORT, like 127.0.0.1:" + defaultPort + " or [::1]:" + defaultPort
                    + "; found \"" + Quoted.text(text) + "\"");
        }
        InetAddress host = host(parts.group(1), text, inBrackets);
        String port = parts.group(2);
        return new InetSocketAddress(host, port == null ? defaultPort : port(port, lowestPort, text));
    }

    private static InetAddress host(String host, String text, boolean inBrackets) throws ConfigException {
        if (host.equalsIgnoreCase("localhost")) {
            return IpLiteral.parse("127.0.0.1").orElseThrow();
        }
        Optional<InetAddress> address = IpLiteral.parse(host);
        if (address.isEmpty() || inBrackets && host.indexOf(':') < 0) {
            boolean name = !inBrackets && host.matches("[A-Za-z][A-Za-z0-9-]*(\\.[A-Za-z0-9-]+)*\\.?");
            throw new ConfigException((name
                            ? "host names other than localhost are not supported yet, write the IP address"
                            : "expected an IP address")
                    + "; found \"" + Quoted.text(text) + "\"");
        }
        return address.get();
    }

    private static int port(String digits, int lowest, String text) throws ConfigException {
        if (digits.matches("\\d{1,5}")) {
            int port = Integer.parseInt(digits);
            if (port >= lowest && port <= 65_535) {
                return port;
            }
        }
        throw new ConfigException("expected a port from " + lowest + " to 65535; found \"" + Quoted.text(text) + "\"");
    }
}
