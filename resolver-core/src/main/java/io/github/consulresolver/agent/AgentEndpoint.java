package io.github.consulresolver.agent;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Where an agent's HTTP API is: over TCP, with or without TLS, or behind a Unix socket. Immutable. */
final class AgentEndpoint {
    /** What an agent tells of a certificate (RFC 8446, section 6.2); those before TLS 1.3 and Go have the first for all of it. */
    private static final Pattern REFUSED = Pattern.compile("alert: (bad_certificate|certificate_|unknown_ca)");

    private final boolean tls;
    private final String host;
    private final int port;
    private final SocketAddress address;
    private final AgentTrust trust;

    /**
     * @param base {@code http} or {@code https} with an IP address and a port, or {@code unix} with the path of a socket
     * @param trust for {@code https}
     */
    AgentEndpoint(URI base, AgentTrust trust) {
        this.trust = trust;
        boolean unix = "unix".equals(base.getScheme());
        tls = "https".equals(base.getScheme());
        host = unix ? "localhost" : base.getHost();
        port = base.getPort();
        address = unix ? UnixDomainSocketAddress.of(base.getPath()) : new InetSocketAddress(host, port);
    }

    SocketAddress address() {
        return address;
    }

    /** For the header of that name. */
    String host() {
        return port < 0 ? host : host + ":" + port;
    }

    SocketChannel open() throws IOException {
        if (address instanceof UnixDomainSocketAddress) {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }
        return SocketChannel.open().setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** What is spoken on a socket that is connected. */
    ByteChannel secured(SocketChannel socket) throws IOException {
        if (!tls) {
            return socket;
        }
        return new TlsChannel(socket, trust.engine(host.replaceAll("[\\[\\]]", ""), port));
    }

    /** One line that says what was wrong. */
    String words(IOException e) {
        if (e instanceof ConnectException) {
            return "nothing listens there";
        }
        @Nullable String message = e.getMessage();
        if (message == null) {
            return e.getClass().getSimpleName();
        }
        String line = message.lines().findFirst().orElse("");
        if (e instanceof SSLException && REFUSED.matcher(line).find()) {
            return trust.own().isEmpty()
                    ? "the agent wants to see a certificate, see CONSUL_CLIENT_CERT (" + line + ")"
                    : "the agent does not accept the certificate that it is shown (" + line + ")";
        }
        return line;
    }
}
