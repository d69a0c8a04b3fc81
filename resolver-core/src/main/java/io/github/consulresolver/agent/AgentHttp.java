package io.github.consulresolver.agent;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An agent's HTTP API. Each request has a connection of its own, which ends with it. Thread-safe. */
public final class AgentHttp {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

    /** Whoever waits for this has an answer already, and wants to know whether there is a better one. */
    private static final Duration HEALTH_READ_TIMEOUT = Duration.ofSeconds(2);

    /** What an agent says of itself takes about 10 KB. */
    private static final long LARGEST_SELF = 4 << 20;

    private final URI base;
    private final AgentToken token;

    /** @param base {@code http} or {@code https}, an IP address and a port, no path */
    public AgentHttp(URI base, AgentToken token) {
        this.base = base;
        this.token = token;
    }

    /**
     * Reads the agent's settings; blocks for some seconds at most where nobody answers.
     *
     * @throws IOException with one line that says what was wrong, and never has the token in it
     */
    public AgentSettings settings() throws IOException {
        return get(
                "/v1/agent/self",
                READ_TIMEOUT,
                "agent:read",
                LARGEST_SELF,
                (body, connection) -> SelfDocument.read(body));
    }

    /**
     * Lists the instances of a service, whatever their checks say; blocks for some seconds at most where nobody answers. Any server may
     * answer, as for DNS.
     *
     * @param service its name, in any case
     * @param datacenter empty for the agent's own
     * @param tag lists those that have it, in any case; empty for all
     * @throws IOException with one line that says what was wrong, and never has the token in it; also when addresses may be those for
     *     other datacenters ({@code translate_wan_addrs}), of which an entry does not tell what they were
     */
    public List<ServiceEntry> health(String service, Optional<String> datacenter, Optional<String> tag)
            throws IOException {
        String path = "/v1/health/service/" + encoded(service) + "?stale"
                + datacenter.map(name -> "&dc=" + encoded(name)).orElse("")
                + tag.map(name -> "&tag=" + encoded(name)).orElse("");
        return get(
                path, HEALTH_READ_TIMEOUT, "service:read and node:read", HealthDocument.LARGEST, (body, connection) -> {
                    if (datacenter.isPresent() && connection.getHeaderField("X-Consul-Translate-Addresses") != null) {
                        throw new IOException("addresses in another datacenter are translated");
                    }
                    return HealthDocument.read(body);
                });
    }

    /** A text as a path or a query of the API has it (RFC 3986, section 2.1). */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private interface Document<T> {
        T read(InputStream body, HttpURLConnection connection) throws IOException;
    }

    private <T> T get(String path, Duration readTimeout, String permission, long largest, Document<T> document)
            throws IOException {
        String secret = token.secret();
        HttpURLConnection connection =
                (HttpURLConnection) base.resolve(path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
        connection.setReadTimeout((int) readTimeout.toMillis());
        // Elsewhere is somebody else, who must not see the token.
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        // Kept open, it would cost a thread here and one of the agent's 200 connections.
        connection.setRequestProperty("Connection", "close");
        if (!secret.isEmpty()) {
            connection.setRequestProperty("X-Consul-Token", secret);
        }
        try {
            check(connection.getResponseCode(), permission);
            try (InputStream body = new Bounded(connection.getInputStream(), largest)) {
                return document.read(body, connection);
            }
        } catch (ConnectException e) {
            throw new IOException(AgentEndpoint.words(e), e);
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer", e);
        } finally {
            connection.disconnect();
        }
    }

    private static void check(int status, String permission) throws IOException {
        if (status == HttpURLConnection.HTTP_FORBIDDEN) {
            throw new IOException("403: a token with " + permission + " is needed, see --consul-token-file");
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException(status == -1 ? "what answers speaks no HTTP" : "HTTP status " + status);
        }
    }

    /** Whoever listens there may not be an agent, and may not stop. */
    private static final class Bounded extends FilterInputStream {
        private final long largest;
        private long left;

        Bounded(InputStream in, long largest) {
            super(in);
            this.largest = largest;
            left = largest;
        }

        @Override
        public int read() throws IOException {
            return count(super.read(), 1);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            return count(read, read);
        }

        private int count(int result, int read) throws IOException {
            left -= Math.max(0, read);
            if (left < 0) {
                throw new IOException("a body of more than " + largest + " bytes");
            }
            return result;
        }
    }
}
