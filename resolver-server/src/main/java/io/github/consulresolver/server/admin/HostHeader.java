package io.github.consulresolver.server.admin;

import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.HostPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages out. A page whose name was made to point to 127.0.0.1 (DNS rebinding) may send requests here, but its
 * browser sends the page's name as {@code Host}; whoever means us says loopback or the address that was connected to.
 */
final class HostHeader {

    private HostHeader() {}

    /**
     * Whether a request means this server.
     *
     * @param host the header, or null when there was none
     * @param connectedTo our end of the connection
     */
    static boolean isOurs(@Nullable String host, InetSocketAddress connectedTo) {
        if (host == null) {
            return false;
        }
        try {
            // A name other than localhost is an error here, and never looked up.
            InetAddress named = HostPort.remote(host.strip(), 80).getAddress();
            return named.isLoopbackAddress() || named.equals(connectedTo.getAddress());
        } catch (ConfigException e) {
            return false;
        }
    }
}
