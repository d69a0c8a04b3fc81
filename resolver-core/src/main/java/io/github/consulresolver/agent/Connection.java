package io.github.consulresolver.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One connection of {@link LongPolls}. */
final class Connection implements AgentLine {
    private final LongPolls loop;
    private final AgentEndpoint agent;
    private final AgentToken token;

    private @Nullable SocketChannel socket;
    /** What is read from and written to: the socket, or TLS on it. */
    private @Nullable ByteChannel bytes;

    private @Nullable Call<?> call;

    Connection(LongPolls loop, AgentEndpoint agent, AgentToken token) {
        this.loop = loop;
        this.agent = agent;
        this.token = token;
    }

    /** A request, and what has come of it. */
    private final class Call<T> {
        private final ByteBuffer request;
        private final Document<T> document;
        private final Answer<T> answer;
        private final ResponseReader response = new ResponseReader(HealthDocument.LARGEST);
        private final Loop.Alarm alarm;

        Call(ByteBuffer request, Duration timeout, Document<T> document, Answer<T> answer) {
            this.request = request;
            this.document = document;
            this.answer = answer;
            alarm = loop.after(timeout, () -> fail(Failure.SILENT, "no answer within " + timeout.toMillis() + " ms"));
        }

        boolean take(ByteBuffer in) throws IOException {
            return response.read(in, document::take);
        }

        void finish() throws IOException {
            Optional<T> body = response.status() == 200 ? Optional.of(document.end()) : Optional.empty();
            AgentReply<T> reply = AgentReply.of(response.status(), response.headers(), body);
            end();
            if (!response.keepsConnection()) {
                close();
            }
            answer.reply(reply);
        }

        void fail(Failure failure, String reason) {
            close();
            answer.failed(failure, reason);
        }

        void end() {
            alarm.cancel();
            call = null;
        }
    }

    @Override
    public <T> void get(String path, Duration timeout, Document<T> document, Answer<T> answer) {
        if (call != null) {
            throw new IllegalStateException("a request is under way already");
        }
        Optional<String> noToken = Optional.empty();
        String secret = "";
        try {
            secret = token.secret();
        } catch (IOException e) {
            noToken = Optional.of(String.valueOf(e.getMessage()));
        }
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + agent.host() + "\r\n"
                + (secret.isEmpty() ? "" : "X-Consul-Token: " + secret + "\r\n") + "\r\n";
        Call<T> made =
                new Call<>(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)), timeout, document, answer);
        call = made;
        Optional<String> reason = noToken;
        // Never within this call: whoever asks is not ready to hear of it yet.
        loop.execute(() -> {
            if (call == made) {
                reason.ifPresentOrElse(why -> made.fail(Failure.UNUSABLE, why), () -> begin(made));
            }
        });
    }

    private void begin(Call<?> made) {
        try {
            if (socket == null) {
                SocketChannel opened = agent.open();
                socket = opened;
                opened.configureBlocking(false);
                SelectionKey key = opened.register(loop.selector(), 0, this);
                if (!opened.connect(agent.address())) {
                    key.interestOps(SelectionKey.OP_CONNECT);
                    return;
                }
                bytes = agent.secured(opened);
            }
            proceed(made);
        } catch (IOException e) {
            lose(made, e);
        }
    }

    /** The socket can do more. */
    void ready() {
        Call<?> current = call;
        SocketChannel open = socket;
        if (open == null) {
            return;
        }
        if (current == null) {
            // Nobody asked: it has ended, or says what is no answer. The next request makes a new one.
            close();
            return;
        }
        try {
            if (bytes == null) {
                open.finishConnect();
                bytes = agent.secured(open);
            }
            proceed(current);
        } catch (IOException e) {
            lose(current, e);
        }
    }

    /** Whoever has no right certificate is not who should be there, and has not died. */
    private void lose(Call<?> current, IOException e) {
        current.fail(e instanceof SSLException ? Failure.UNUSABLE : Failure.DIED, agent.words(e));
    }

    private void proceed(Call<?> current) throws IOException {
        ByteChannel open = Objects.requireNonNull(bytes);
        SelectionKey key = Objects.requireNonNull(socket).keyFor(loop.selector());
        send(current, open);
        read(current, open);
        if (call != current) {
            // Unless it was closed, its end is waited for: the reply may have come as soon as it was connected.
            if (key.isValid()) {
                key.interestOps(SelectionKey.OP_READ);
            }
            return;
        }
        // What was read may have been the end of the handshake, before which nothing can be sent.
        send(current, open);
        boolean waits = open instanceof TlsChannel tls ? tls.hasUnsent() : current.request.hasRemaining();
        key.interestOps(waits ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private static void send(Call<?> current, ByteChannel open) throws IOException {
        while (current.request.hasRemaining() && open.write(current.request) > 0) {
            // As much as goes.
        }
    }

    private void read(Call<?> current, ByteChannel open) throws IOException {
        while (call == current) {
            ByteBuffer in = loop.buffer();
            int length = open.read(in);
            if (length == 0) {
                return;
            }
            if (length < 0 ? endsWhole(current) : take(current, in.flip())) {
                finish(current);
            }
        }
    }

    private static boolean endsWhole(Call<?> current) throws IOException {
        if (!current.response.isWholeAtEnd()) {
            throw new IOException("the connection ended before the reply was whole");
        }
        return true;
    }

    private static boolean take(Call<?> current, ByteBuffer in) {
        try {
            return current.take(in);
        } catch (IOException unusable) {
            current.fail(Failure.UNUSABLE, String.valueOf(unusable.getMessage()));
            return false;
        }
    }

    private static void finish(Call<?> current) {
        try {
            current.finish();
        } catch (IOException unusable) {
            current.fail(Failure.UNUSABLE, String.valueOf(unusable.getMessage()));
        }
    }

    @Override
    public boolean isConnected() {
        return bytes != null;
    }

    @Override
    public void close() {
        if (call != null) {
            call.end();
        }
        SocketChannel open = socket;
        socket = null;
        bytes = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException gone) {
                // As wished.
            }
        }
    }
}
