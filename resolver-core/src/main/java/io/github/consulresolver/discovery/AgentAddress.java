package io.github.consulresolver.discovery;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads where an agent is. Host names are left out: whoever resolves names cannot begin by having one resolved. */
final class AgentAddress {
    private static final Pattern HOST_AND_PORT = Pattern.compile("(?:\\[(.+)]|([^:]+)):([0-9]{1,5})");
    private static final Pattern URL = Pattern.compile("(?i)([a-z][a-z0-9+.-]*)://(.*)");
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private AgentAddress() {}

    static InetSocketAddress parse(String text) {
        Matcher matcher = HOST_AND_PORT.matcher(text);
        if (!matcher.matches()) {
            throw invalid(text);
        }
        int port = Integer.parseInt(matcher.group(3));
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("agent \"" + text + "\": a port is a number from 1 to 65535");
        }
        String bracketed = matcher.group(1);
        String plain = matcher.group(2);
        boolean isLiteral =
                bracketed != null ? NetUtil.isValidIpV6Address(bracketed) : NetUtil.isValidIpV4Address(plain);
        try {
            if ("localhost".equals(plain)) {
                return new InetSocketAddress(InetAddress.getByAddress(plain, LOOPBACK), port);
            }
            if (!isLiteral) {
                throw invalid(text);
            }
            return new InetSocketAddress(InetAddress.getByName(bracketed != null ? bracketed : plain), port);
        } catch (UnknownHostException noSuchInterface) {
            throw invalid(text);
        }
    }

    /**
     * Where an agent's HTTP API is, as Consul's own CONSUL_HTTP_ADDR has it.
     *
     * @param tls whether an address without a scheme is one of HTTPS
     * @return {@code http} or {@code https} with a literal address and a port, or {@code unix} with a path
     */
    static URI http(String text, boolean tls) {
        Matcher url = URL.matcher(text);
        String scheme = url.matches() ? url.group(1).toLowerCase(Locale.ROOT) : tls ? "https" : "http";
        String rest = url.matches() ? url.group(2) : text;
        if (scheme.equals("unix") && rest.startsWith("/")) {
            return URI.create("unix://" + rest);
        }
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("http \"" + text + "\": expected ADDRESS:PORT, http://ADDRESS:PORT, "
                    + "https://ADDRESS:PORT or unix:///PATH");
        }
        InetSocketAddress address = parse(rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest);
        String host = NetUtil.toAddressString(address.getAddress());
        return URI.create(scheme + "://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort());
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("agent \"" + text
                + "\": expected ADDRESS:PORT, where ADDRESS is 127.0.0.1, [::1], localhost or another literal address");
    }
}
