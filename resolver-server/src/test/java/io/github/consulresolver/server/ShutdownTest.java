package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

@Timeout(30)
final class ShutdownTest {
    private static final String NAME = "web.service.consul.";
    private static final int CLIENTS = 8;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RepeatedTest(3)
    void every_hit_sent_before_the_end_is_answered_under_load() throws Exception {
        try (ScriptedUpstream agent = ScriptedAgent.withInstances(3)) {
            TestServer server = TestServer.start(agent.address());
            server.ask(Protocol.UDP, NAME, Type.A);
            CountDownLatch busy = new CountDownLatch(CLIENTS);
            CountDownLatch closed = new CountDownLatch(1);
            List<CompletableFuture<Load>> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> Load.untilRefused(server, busy, closed), task -> new Thread(task).start()))
                    .toList();
            busy.await();

            Duration took = Timed.run(server::close);
            closed.countDown();

            assertThat(took).isLessThan(SECOND);
            for (CompletableFuture<Load> client : clients) {
                Load load = client.get();
                assertThat(load.lost).as("queries neither answered nor refused").isZero();
                assertThat(load.refused).isTrue();
            }
        }
    }

    @Test
    void misses_that_stay_open_get_a_failure_over_both_protocols() throws Exception {
        try (ScriptedUpstream agent = ScriptedUpstream.silent()) {
            TestServer server = TestServer.start(agent.address());
            CompletableFuture<Message> overUdp = ask(server, Protocol.UDP, "udp.service.consul.");
            CompletableFuture<Message> overTcp = ask(server, Protocol.TCP, "tcp.service.consul.");
            agent.awaitReceived(2);

            Duration took = Timed.run(server::close);

            assertThat(overUdp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(overTcp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(took).isLessThan(SECOND);
        }
    }

    @Test
    void misses_that_are_answered_in_time_get_their_answer() throws Exception {
        CountDownLatch closing = new CountDownLatch(1);
        try (ScriptedUpstream agent = ScriptedUpstream.start(query -> {
            closing.await();
            query.reply(ScriptedAgent.answer(query.message(), 3));
        })) {
            TestServer server = TestServer.start(agent.address());
            CompletableFuture<Message> miss = ask(server, Protocol.UDP, NAME);
            agent.awaitReceived(1);
            CompletableFuture<Void> closed =
                    CompletableFuture.runAsync(server::close, task -> new Thread(task).start());
            Await.until("new connections are refused", () -> !isListening(server));
            closing.countDown();

            assertThat(miss.get().getRcode()).isEqualTo(Rcode.NOERROR);
            closed.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_connection_is_ended_and_not_waited_for() throws Exception {
        try (ScriptedUpstream agent = ScriptedAgent.withInstances(3)) {
            TestServer server = TestServer.start(agent.address());
            try (Socket idle =
                    new Socket(server.address().getAddress(), server.address().getPort())) {
                Await.until("the connection is there", () -> server.connections() == 1);

                Duration took = Timed.run(server::close);

                assertThat(took).isLessThan(SECOND.dividedBy(2));
                assertThat(idle.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    private static boolean isListening(TestServer server) {
        try (Socket socket = new Socket()) {
            socket.connect(server.address());
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static CompletableFuture<Message> ask(TestServer server, Protocol protocol, String name) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return server.ask(protocol, name, Type.A);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    /**
     * One client that asks a few times at once, waits for all answers, and asks again, until nobody is there any more. What was refused
     * are the last: the server's sockets refuse one after the other, and until the last does so each query is taken. While they do,
     * answers may come from two of them, and out of order.
     */
    private static final class Load {
        /** All clients' queries fit into one socket's buffer of the usual size. */
        private static final int AT_ONCE = 24;

        private static final int WARM = 20;

        private final DatagramSocket socket;
        private final CountDownLatch closed;
        int rounds;
        int lost;
        boolean refused;

        private Load(DatagramSocket socket, CountDownLatch closed) {
            this.socket = socket;
            this.closed = closed;
        }

        static Load untilRefused(TestServer server, CountDownLatch busy, CountDownLatch closed) {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(server.address());
                Load load = new Load(socket, closed);
                while (!load.refused && load.lost == 0) {
                    load.round();
                    if (load.rounds == WARM) {
                        busy.countDown();
                    }
                }
                return load;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void round() throws IOException, InterruptedException {
            rounds++;
            int sent = 0;
            BitSet answered = new BitSet();
            try {
                for (; sent < AT_ONCE; sent++) {
                    Message query = DnsClient.question(NAME, Type.A);
                    query.getHeader().setID(sent);
                    byte[] wire = query.toWire();
                    socket.send(new DatagramPacket(wire, wire.length));
                }
                socket.setSoTimeout(5_000);
                while (answered.cardinality() < sent) {
                    receive(answered);
                }
            } catch (PortUnreachableException end) {
                refused = true;
                // Then everything that is ever sent is here.
                closed.await();
                socket.setSoTimeout(1);
                receiveRest(answered);
                lost += answered.length() - answered.cardinality();
            } catch (SocketTimeoutException nothing) {
                lost += sent - answered.cardinality();
            }
        }

        /** The answers to what was sent before the first that was refused. */
        private void receiveRest(BitSet answered) throws IOException {
            while (true) {
                try {
                    receive(answered);
                } catch (PortUnreachableException another) {
                    // Of what was sent later.
                } catch (SocketTimeoutException noMore) {
                    return;
                }
            }
        }

        private void receive(BitSet answered) throws IOException {
            DatagramPacket reply = new DatagramPacket(new byte[512], 512);
            socket.receive(reply);
            Message message = new Message(Arrays.copyOf(reply.getData(), reply.getLength()));
            int id = message.getHeader().getID();
            assertThat(answered.get(id)).as("query %d was answered before", id).isFalse();
            answered.set(id);
            assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }
}
