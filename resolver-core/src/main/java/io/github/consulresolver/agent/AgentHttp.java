package io.github.consulresolver.agent;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;

/** An agent's HTTP API. Each request has a connection of its own, which ends with it. Thread-safe. */
public final class AgentHttp {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

    /** What an agent says of itself takes about 10 KB. */
    private static final long LARGEST_BODY = 4 << 20;

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
        String secret = token.secret();
        HttpURLConnection connection =
                (HttpURLConnection) base.resolve("/v1/agent/self").toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
        connection.setReadTimeout((int) READ_TIMEOUT.toMillis());
        // Elsewhere is somebody else, who must not see the token.
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        // Kept open, it would cost a thread here and one of the agent's 200 connections.
        connection.setRequestProperty("Connection", "close");
        if (!secret.isEmpty()) {
            connection.setRequestProperty("X-Consul-Token", secret);
        }
        try {
            return read(connection);
        } catch (ConnectException e) {
            throw new IOException("nothing listens there", e);
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer", e);
        } finally {
            connection.disconnect();
        }
    }

    private static AgentSettings read(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status == HttpURLConnection.HTTP_FORBIDDEN) {
            throw new IOException("403: a token with agent:read is needed, see --consul-token-file");
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException(status == -1 ? "what answers speaks no HTTP" : "HTTP status " + status);
        }
        try (InputStream body = new Bounded(connection.getInputStream())) {
            return SelfDocument.read(body);
        }
    }

    /** Whoever listens there may not be an agent, and may not stop. */
    private static final class Bounded extends FilterInputStream {
        private long left = LARGEST_BODY;

        Bounded(InputStream in) {
            super(in);
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
                throw new IOException("a body of more than " + LARGEST_BODY + " bytes");
            }
            return result;
        }
    }
}
