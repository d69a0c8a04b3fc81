package io.github.consulresolver.discovery;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads where an agent is. Host names are left out: whoever resolves names cannot begin by having one resolved. */
final class AgentAddress {
    private static final Pattern HOST_AND_PORT = Pattern.compile("(?:\\[(.+)]|([^:]+)):([0-9]{1,5})");
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

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("agent \"" + text
                + "\": expected ADDRESS:PORT, where ADDRESS is 127.0.0.1, [::1], localhost or another literal address");
    }
}
