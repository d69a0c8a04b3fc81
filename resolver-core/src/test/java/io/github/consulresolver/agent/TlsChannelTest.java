package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines over TLS, to the JDK's own server. */
class TlsChannelTest {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final int LARGE = 1_000_000;

    @TempDir
    private Path directory;

    private HttpsServer server;
    private volatile String[] versions = {"TLSv1.2", "TLSv1.3"};
    private LongPolls polls;

    @BeforeEach
    void start() throws Exception {
        SSLContext context = context();
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                wanted.setProtocols(versions);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", exchange -> {
            byte[] body = new byte[exchange.getRequestURI().getPath().equals("/large") ? LARGE : 5];
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void end() {
        polls.close();
        server.stop(0);
    }

    /** A certificate for 127.0.0.1, which is its own authority. */
    private SSLContext context() throws Exception {
        Path file = directory.resolve("keys");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "agent",
                        "-dname",
                        "CN=agent",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        assertThat(keytool.waitFor()).as(() -> log()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        String pem = Base64.getMimeEncoder()
                .encodeToString(keys.getCertificate("agent").getEncoded());
        Files.writeString(authority(), "-----BEGIN CERTIFICATE-----\n" + pem + "\n-----END CERTIFICATE-----\n");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), null, null);
        return context;
    }

    private Path authority() {
        return directory.resolve("authority.pem");
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Object get(AgentTrust trust, String path) throws Exception {
        URI base = URI.create("https://127.0.0.1:" + server.getAddress().getPort());
        polls = new LongPolls(base, AgentToken.NONE, trust);
        polls.start();
        AgentLine line = polls.line();
        get(line, path);
        return get(line, path);
    }

    /** The length of the body, or the failure. */
    private Object get(AgentLine line, String path) throws Exception {
        CompletableFuture<Object> outcome = new CompletableFuture<>();
        polls.execute(() -> line.get(path, Duration.ofSeconds(60), new Length(), new Answer<Integer>() {
            @Override
            public void reply(AgentReply<Integer> reply) {
                outcome.complete(reply.body().orElseThrow());
            }

            @Override
            public void failed(Failure failure, String reason) {
                outcome.complete(failure);
            }
        }));
        return outcome.get(30, TimeUnit.SECONDS);
    }

    private static final class Length implements Document<Integer> {
        private int length;

        @Override
        public void take(ByteBuffer part) {
            length += part.remaining();
            part.position(part.limit());
        }

        @Override
        public Integer end() {
            return length;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_reply_comes_over_each_version(String version) throws Exception {
        versions = new String[] {version};

        assertThat(get(AgentTrust.in(authority()), "/small")).isEqualTo(5);
    }

    @Test
    void a_large_reply_comes_whole() throws Exception {
        assertThat(get(AgentTrust.in(authority()), "/large")).isEqualTo(LARGE);
    }

    @Test
    void who_is_not_known_is_sent_nothing() throws Exception {
        assertThat(get(AgentTrust.OF_JVM, "/small")).isEqualTo(Failure.UNUSABLE);
    }
}
