package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static io.github.consulresolver.upstream.Upstreams.replyOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.consul.TcpQuery;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.Upstreams.Heard;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class TcpConnectionsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);

    @RegisterExtension
    static final Upstreams UPSTREAMS = new Upstreams();

    private final Heard heard = new Heard();
    private final AtomicInteger reused = new AtomicInteger();
    private final Exchanges exchanges = new Exchanges(
            new NettyLoops(UPSTREAMS.transport(), new UpstreamListener() {
                @Override
                public void reused(InetSocketAddress server) {
                    reused.incrementAndGet();
                }
            }),
            heard);

    /** The client's port of each query that came, in order. */
    private final List<Integer> ports = new CopyOnWriteArrayList<>();

    @Test
    void a_connection_is_kept_for_the_next_question() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(this::answer)) {
            for (int i = 0; i < 5; i++) {
                ask(server);
            }

            assertThat(ports).hasSize(5).containsOnly(ports.get(0));
            assertThat(reused).hasValue(4);
        }
    }

    @Test
    void questions_share_a_connection_at_the_same_time_and_replies_come_in_any_order() throws Exception {
        List<ClientQuery> held = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            ports.add(query.clientPort());
            synchronized (held) {
                held.add(query);
                if (held.size() < 5) {
                    return;
                }
                for (int i = 4; i >= 0; i--) {
                    held.get(i).reply(answerOf(held.get(i)));
                }
            }
        })) {
            List<CompletableFuture<byte[]>> asked = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                asked.add(exchanges.tcp(server.address(), name(i), LONG));
            }
            for (int i = 0; i < 5; i++) {
                assertThat(ownerIn(replyOf(asked.get(i)))).isEqualTo("n" + i + ".service.consul.");
            }
            assertThat(ports).hasSize(5).containsOnly(ports.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_question_whose_kept_connection_the_server_ends_goes_over_a_new_one(boolean reset) throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            if (ports.size() == 1) {
                ports.add(query.clientPort());
                end((TcpQuery) query, reset);
            } else {
                answer(query);
            }
        })) {
            ask(server);
            ask(server);

            assertThat(ports).hasSize(3);
            assertThat(ports.get(1)).isEqualTo(ports.get(0));
            assertThat(ports.get(2)).isNotEqualTo(ports.get(0));
            assertThat(heard.lines).containsExactly("TCP answered 0", "TCP answered 0");
        }
    }

    @Test
    void a_question_moves_to_a_new_connection_once() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            if (ports.isEmpty()) {
                answer(query);
            } else {
                ports.add(query.clientPort());
                ((TcpQuery) query).close();
            }
        })) {
            ask(server);

            assertThat(failureOf(exchanges.tcp(server.address(), ORDERS, LONG)).reason())
                    .isEqualTo(Reason.CLOSED);
            assertThat(ports).hasSize(3);
        }
    }

    @Test
    void however_many_questions_there_are_a_server_gets_four_connections() throws Exception {
        Set<Integer> connections = ConcurrentHashMap.newKeySet();
        List<ClientQuery> held = new ArrayList<>();
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            connections.add(query.clientPort());
            synchronized (held) {
                held.add(query);
                if (held.size() == 100) {
                    for (ClientQuery one : held) {
                        one.reply(answerOf(one));
                    }
                }
            }
        })) {
            List<CompletableFuture<byte[]>> asked = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asked.add(exchanges.tcp(server.address(), name(i), LONG));
            }
            for (CompletableFuture<byte[]> one : asked) {
                replyOf(one);
            }
            assertThat(connections).hasSize(TcpConnections.MOST);
        }
    }

    @Test
    void a_connection_on_which_a_question_was_given_up_gets_no_more() throws Exception {
        try (ScriptedUpstream server = ScriptedUpstream.start(query -> {
            if (ports.size() == 1) {
                ports.add(query.clientPort());
            } else {
                answer(query);
            }
        })) {
            ask(server);
            failureOf(exchanges.tcp(server.address(), ORDERS, Duration.ofMillis(50)));
            server.awaitReceived(2);
            ask(server);

            assertThat(ports.get(2)).isNotEqualTo(ports.get(0));
        }
    }

    @Test
    void a_connection_that_has_been_idle_for_long_is_closed() throws Exception {
        BlockingQueue<Runnable> alarms = new LinkedBlockingQueue<>();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
            TcpConnections connections = new TcpConnections(
                    UPSTREAMS.transport(),
                    UPSTREAMS.eventLoop(),
                    new AlarmsOnly(alarms),
                    address,
                    UpstreamListener.NONE,
                    new RandomIds());
            CompletableFuture<byte[]> reply = new CompletableFuture<>();
            UPSTREAMS.eventLoop().execute(() -> connections.send(ORDERS, new Form(0xffff), into(reply)));
            try (Socket connection = server.accept()) {
                connection.setSoTimeout(10_000);
                InputStream in = connection.getInputStream();
                byte[] query = in.readNBytes((in.read() << 8) + in.read());
                byte[] answer = Reply.to(new Message(query)).opt().wire();
                connection.getOutputStream().write(new byte[] {(byte) (answer.length >> 8), (byte) answer.length});
                connection.getOutputStream().write(answer);
                replyOf(reply);
                Runnable idle = alarms.poll(10, TimeUnit.SECONDS);
                UPSTREAMS.eventLoop().execute(idle);

                assertThat(in.read()).as("the end of the connection").isEqualTo(-1);
            }
        }
    }

    /** Time does not pass; alarms are given to the test. */
    private record AlarmsOnly(BlockingQueue<Runnable> alarms) implements Loop {
        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Alarm after(long nanos, Runnable task) {
            alarms.add(task);
            return () -> alarms.remove(task);
        }

        @Override
        public Wire wire(InetSocketAddress server) {
            throw new UnsupportedOperationException();
        }
    }

    private static Wire.Outcome into(CompletableFuture<byte[]> reply) {
        return new Wire.Outcome() {
            @Override
            public void answered(byte[] bytes) {
                reply.complete(bytes);
            }

            @Override
            public void answeredInOtherCase() {
                throw new AssertionError("nothing was mixed");
            }

            @Override
            public void failed(Reason reason, String what) {
                reply.completeExceptionally(new UpstreamException(reason, what));
            }
        };
    }

    private void ask(ScriptedUpstream server) throws Exception {
        replyOf(exchanges.tcp(server.address(), ORDERS, LONG));
    }

    private void answer(ClientQuery query) throws IOException {
        ports.add(query.clientPort());
        query.reply(answerOf(query));
    }

    private static void end(TcpQuery query, boolean reset) throws IOException {
        if (reset) {
            query.reset();
        } else {
            query.close();
        }
    }

    private static Question name(int i) {
        return Question.of("n" + i + ".service.consul", Type.A);
    }

    private static byte[] answerOf(ClientQuery query) {
        return Reply.to(query.message())
                .answer(query.message().getQuestion().getName() + " 0 IN A 10.0.0.1")
                .wire();
    }

    private static String ownerIn(byte[] reply) throws IOException {
        return new Message(reply).getSection(Section.ANSWER).get(0).getName().toString();
    }
}
