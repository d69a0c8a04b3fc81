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
            List<CompletableFuture<Load>> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> Load.untilRefused(server, busy), task -> new Thread(task).start()))
                    .toList();
            busy.await();

            long took = timed(server::close);

            assertThat(took).isLessThan(SECOND.toNanos());
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

            long took = timed(server::close);

            assertThat(overUdp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(overTcp.get().getRcode()).isEqualTo(Rcode.SERVFAIL);
            assertThat(took).isLessThan(SECOND.toNanos());
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
            CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
            Await.until("new connections are refused", () -> !isListening(server));
            closing.countDown();

            assertThat(miss.get().getRcode()).isEqualTo(Rcode.NOERROR);
            closed.get(1, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_connection_is_ended_and_not_waited_for() throws Exception {
        try (ScriptedUpstream agent = ScriptedAgent.withInstances(3)) {
            TestServer server = TestServer.start(agent.address());
            try (Socket idle =
                    new Socket(server.address().getAddress(), server.address().getPort())) {
                Await.until("the connection is there", () -> server.connections() == 1);

                long took = timed(server::close);

                assertThat(took).isLessThan(SECOND.toNanos() / 2);
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

    private static long timed(Runnable task) {
        long start = System.nanoTime();
        task.run();
        return System.nanoTime() - start;
    }

    /**
     * One client that asks a few times at once, waits for all answers, and asks again, until nobody is there any more. A socket's
     * queries are queued in their order: what was refused are the last.
     */
    private static final class Load {
        /** All clients' queries fit into one socket's buffer of the usual size. */
        private static final int AT_ONCE = 24;

        private static final int WARM = 20;

        private final DatagramSocket socket;
        int rounds;
        int lost;
        boolean refused;

        private Load(DatagramSocket socket) {
            this.socket = socket;
        }

        static Load untilRefused(TestServer server, CountDownLatch busy) {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(server.address());
                Load load = new Load(socket);
                while (!load.refused && load.lost == 0) {
                    load.round();
                    if (load.rounds == WARM) {
                        busy.countDown();
                    }
                }
                return load;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void round() throws IOException {
            rounds++;
            int sent = 0;
            int answered = 0;
            try {
                for (; sent < AT_ONCE; sent++) {
                    Message query = DnsClient.question(NAME, Type.A);
                    query.getHeader().setID(sent);
                    byte[] wire = query.toWire();
                    socket.send(new DatagramPacket(wire, wire.length));
                }
                socket.setSoTimeout(2_000);
                for (; answered < sent; answered++) {
                    receive(answered);
                }
            } catch (PortUnreachableException end) {
                refused = true;
                socket.setSoTimeout(200);
                receiveRest(answered);
            } catch (SocketTimeoutException nothing) {
                lost += sent - answered;
            }
        }

        /** The answers to what was sent before the first that was refused; one that is missing among them fails. */
        private void receiveRest(int next) throws IOException {
            while (true) {
                try {
                    receive(next++);
                } catch (PortUnreachableException another) {
                    next--;
                } catch (SocketTimeoutException noMore) {
                    return;
                }
            }
        }

        private void receive(int id) throws IOException {
            DatagramPacket reply = new DatagramPacket(new byte[512], 512);
            socket.receive(reply);
            Message message = new Message(Arrays.copyOf(reply.getData(), reply.getLength()));
            assertThat(message.getHeader().getID()).as("answers come in order").isEqualTo(id);
            assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }
}
