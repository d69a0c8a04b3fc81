package io.github.consulresolver.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines to a server whose part the test plays on a socket. */
class LongPollsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final ServerSocket server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final List<Socket> accepted = new ArrayList<>();
    private LongPolls polls = started(URI.create("http://127.0.0.1:" + server.getLocalPort()), AgentToken.NONE);

    LongPollsTest() throws IOException {}

    private static LongPolls started(URI base, AgentToken token) {
        LongPolls polls = new LongPolls(base, token);
        polls.start();
        return polls;
    }

    @AfterEach
    void end() throws IOException {
        polls.close();
        server.close();
        for (Socket socket : accepted) {
            socket.close();
        }
    }

    private record Failed(Failure failure, String reason) {}

    /** What comes of a request: a reply, or a {@link Failed}. */
    private CompletableFuture<Object> get(AgentLine line, String path, Duration timeout) {
        CompletableFuture<Object> outcome = new CompletableFuture<>();
        polls.execute(() -> line.get(path, timeout, new Text(), new Answer<String>() {
            @Override
            public void reply(AgentReply<String> reply) {
                outcome.complete(reply);
            }

            @Override
            public void failed(Failure failure, String reason) {
                outcome.complete(new Failed(failure, reason));
            }
        }));
        return outcome;
    }

    private CompletableFuture<Object> get(AgentLine line) {
        return get(line, "/v1/x?stale", LONG);
    }

    private static final class Text implements Document<String> {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void take(ByteBuffer part) throws IOException {
            text.append(ISO_8859_1.decode(part));
            if (text.indexOf("!") >= 0) {
                throw new IOException("a mark that is none");
            }
        }

        @Override
        public String end() throws IOException {
            if (text.length() == 0) {
                throw new IOException("nothing came");
            }
            return text.toString();
        }
    }

    private static Object outcome(CompletableFuture<Object> of) throws Exception {
        return of.get(30, TimeUnit.SECONDS);
    }

    private static String body(CompletableFuture<Object> of) throws Exception {
        return ((AgentReply<?>) outcome(of)).body().orElseThrow().toString();
    }

    private Socket accept() throws IOException {
        server.setSoTimeout(30_000);
        Socket socket = server.accept();
        socket.setSoTimeout(30_000);
        accepted.add(socket);
        return socket;
    }

    /** A request's head. */
    private static String request(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as("the next byte of a request, after " + head).isNotNegative();
            head.append((char) next);
        }
        return head.toString();
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nX-Consul-Index: 7\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void a_request_says_what_and_whom_it_wants() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();

        assertThat(request(socket))
                .isEqualTo("GET /v1/x?stale HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort() + "\r\n\r\n");
        send(socket, ok("hello"));
        assertThat(outcome(outcome))
                .isEqualTo(new AgentReply<>(200, 7, true, Duration.ZERO, false, Optional.of("hello")));
    }

    @Test
    void a_request_carries_the_token(@TempDir Path directory) throws Exception {
        polls.close();
        Path file = Files.writeString(directory.resolve("token"), "secret\n");
        polls = started(URI.create("http://127.0.0.1:" + server.getLocalPort()), AgentToken.in(file));
        get(polls.line());

        assertThat(request(accept())).contains("\r\nX-Consul-Token: secret\r\n");
    }

    @Test
    void without_the_tokens_file_nothing_is_asked(@TempDir Path directory) throws Exception {
        polls.close();
        polls = started(
                URI.create("http://127.0.0.1:" + server.getLocalPort()), AgentToken.in(directory.resolve("missing")));

        assertThat(outcome(get(polls.line()))).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.UNUSABLE);
            assertThat(failed.reason()).contains("missing");
        });
    }

    @Test
    void the_next_request_goes_over_the_same_connection() throws Exception {
        AgentLine line = polls.line();
        CompletableFuture<Object> first = get(line);
        Socket socket = accept();
        request(socket);
        send(socket, ok("one"));
        body(first);
        CompletableFuture<Object> second = get(line);
        request(socket);
        send(socket, ok("two"));

        assertThat(body(second)).isEqualTo("two");
    }

    @Test
    void a_reply_in_many_parts_is_one() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        for (char part : ok("in parts").toCharArray()) {
            send(socket, String.valueOf(part));
        }

        assertThat(body(outcome)).isEqualTo("in parts");
    }

    @Test
    void a_large_reply_is_taken_while_it_comes() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        String large = "x".repeat(3_000_000);
        send(socket, ok(large));

        assertThat(body(outcome)).isEqualTo(large);
    }

    @Test
    void another_status_is_a_reply_without_a_body() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        send(socket, "HTTP/1.1 429 Too Many\r\nContent-Length: 4\r\n\r\nToo!");

        assertThat(outcome(outcome)).satisfies(of -> {
            AgentReply<?> reply = (AgentReply<?>) of;
            assertThat(reply.status()).isEqualTo(429);
            assertThat(reply.body()).isEmpty();
        });
    }

    @Test
    void where_nothing_listens_it_has_died() throws Exception {
        server.close();

        assertThat(outcome(get(polls.line()))).isEqualTo(new Failed(Failure.DIED, "nothing listens there"));
    }

    @Test
    void a_connection_that_ends_in_the_middle_has_died() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
        socket.close();

        assertThat(outcome(outcome))
                .isEqualTo(new Failed(Failure.DIED, "the connection ended before the reply was whole"));
    }

    @Test
    void a_connection_that_is_reset_has_died() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        socket.setSoLinger(true, 0);
        socket.close();

        assertThat(outcome(outcome))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.failure()).isEqualTo(Failure.DIED));
    }

    @Test
    void who_does_not_answer_in_time_is_silent() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line(), "/v1/x", Duration.ofMillis(50));

        assertThat(outcome(outcome)).isEqualTo(new Failed(Failure.SILENT, "no answer within 50 ms"));
        Socket socket = accept();
        request(socket);
        assertThat(socket.getInputStream().read())
                .as("the end of the connection")
                .isEqualTo(-1);
    }

    @Test
    void what_cannot_be_read_is_unusable() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        send(socket, ok("stop!"));

        assertThat(outcome(outcome)).isEqualTo(new Failed(Failure.UNUSABLE, "a mark that is none"));
    }

    @Test
    void what_ends_too_soon_is_unusable() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        Socket socket = accept();
        request(socket);
        send(socket, ok(""));

        assertThat(outcome(outcome)).isEqualTo(new Failed(Failure.UNUSABLE, "nothing came"));
    }

    @Test
    void who_speaks_no_http_is_unusable() throws Exception {
        CompletableFuture<Object> outcome = get(polls.line());
        send(accept(), "220 mail ready\r\n");

        assertThat(outcome(outcome)).isEqualTo(new Failed(Failure.UNUSABLE, "what answers speaks no HTTP"));
    }

    @Test
    void after_a_failure_the_next_request_makes_a_new_connection() throws Exception {
        AgentLine line = polls.line();
        CompletableFuture<Object> first = get(line);
        Socket socket = accept();
        request(socket);
        socket.close();
        outcome(first);
        CompletableFuture<Object> second = get(line);
        Socket another = accept();
        request(another);
        send(another, ok("again"));

        assertThat(body(second)).isEqualTo("again");
    }

    @Test
    void a_connection_that_ends_between_two_requests_is_known_to_have_ended() throws Exception {
        AgentLine line = polls.line();
        CompletableFuture<Object> first = get(line);
        Socket socket = accept();
        request(socket);
        send(socket, ok("last"));
        body(first);
        assertThat(on(line::isConnected)).isTrue();
        socket.close();

        while (on(line::isConnected)) {
            Thread.onSpinWait();
        }
    }

    private <T> T on(Supplier<T> what) throws Exception {
        return CompletableFuture.supplyAsync(what, polls::execute).get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_server_that_wants_no_more_requests_is_not_sent_one() throws Exception {
        AgentLine line = polls.line();
        CompletableFuture<Object> first = get(line);
        Socket socket = accept();
        request(socket);
        send(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
        body(first);

        assertThat(on(line::isConnected)).isFalse();
    }

    @Test
    void many_wait_at_once_and_each_hears_its_own() throws Exception {
        List<CompletableFuture<Object>> outcomes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            outcomes.add(get(polls.line(), "/v1/" + i, LONG));
        }
        for (int i = 0; i < 100; i++) {
            Socket socket = accept();
            send(socket, ok(request(socket).replaceAll("(?s)GET (\\S+) .*", "$1")));
        }

        for (int i = 0; i < 100; i++) {
            assertThat(body(outcomes.get(i))).isEqualTo("/v1/" + i);
        }
    }

    @Test
    void nobody_hears_of_what_was_asked_over_a_line_that_is_closed() throws Exception {
        AgentLine line = polls.line();
        CompletableFuture<Object> outcome = get(line);
        Socket socket = accept();
        request(socket);
        on(() -> {
            line.close();
            return true;
        });

        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        assertThat(outcome).isNotDone();
    }

    @Test
    void closing_it_closes_the_connections() throws Exception {
        get(polls.line());
        Socket socket = accept();
        request(socket);
        polls.close();

        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void once_it_is_closed_nobody_is_told_anything_more() throws Exception {
        CompletableFuture<Thread> telling = new CompletableFuture<>();
        CountDownLatch closing = new CountDownLatch(1);
        polls.execute(() -> {
            telling.complete(Thread.currentThread());
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Thread loop = telling.get(30, TimeUnit.SECONDS);
        closing.countDown();
        polls.close();

        assertThat(loop.isAlive()).isFalse();
    }

    @Test
    void a_line_that_is_closed_tells_nobody_that_there_is_no_token(@TempDir Path directory) throws Exception {
        polls.close();
        polls = started(
                URI.create("http://127.0.0.1:" + server.getLocalPort()), AgentToken.in(directory.resolve("none")));
        AgentLine line = polls.line();
        CompletableFuture<Object> outcome = CompletableFuture.supplyAsync(
                        () -> {
                            CompletableFuture<Object> asked = get(line);
                            polls.execute(() -> {
                                line.close();
                                // After whatever was to be told.
                                polls.execute(() -> asked.complete("nothing"));
                            });
                            return asked;
                        },
                        polls::execute)
                .thenCompose(asked -> asked);

        assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo("nothing");
    }

    @Test
    void a_unix_socket_is_as_good(@TempDir Path directory) throws Exception {
        polls.close();
        Path path = directory.resolve("s");
        try (ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            unix.bind(UnixDomainSocketAddress.of(path));
            polls = started(URI.create("unix://" + path), AgentToken.NONE);
            CompletableFuture<Object> outcome = get(polls.line());
            try (SocketChannel client = unix.accept()) {
                client.write(ByteBuffer.wrap(ok("near").getBytes(ISO_8859_1)));
                assertThat(body(outcome)).isEqualTo("near");
            }
        }
    }

    @Test
    void alarms_go_off_in_their_order_and_cancelled_ones_do_not() throws Exception {
        List<String> rung = new ArrayList<>();
        CompletableFuture<List<String>> all = new CompletableFuture<>();
        polls.execute(() -> {
            polls.after(Duration.ofMillis(30), () -> all.complete(rung));
            Loop.Alarm cancelled = polls.after(Duration.ofMillis(10), () -> rung.add("cancelled"));
            polls.after(Duration.ofMillis(20), () -> rung.add("second"));
            polls.after(Duration.ofMillis(5), () -> rung.add("first"));
            cancelled.cancel();
        });

        assertThat(all.get(30, TimeUnit.SECONDS)).containsExactly("first", "second");
    }
}
