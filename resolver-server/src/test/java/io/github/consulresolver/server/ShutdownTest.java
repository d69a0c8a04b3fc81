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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

@Timeout(30)
final class ShutdownTest {
    private static final String NAME = "web.service.consul.";
    private static final int CLIENTS = 32;
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
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
                assertThat(load.refused).isTrue();
                assertThat(load.answered).isGreaterThanOrEqualTo(Load.WARM);
                assertThat(load.unanswered)
                        .as("queries that were sent and neither answered nor refused")
                        .isZero();
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

    /** One client that asks, waits for the answer, and asks again, until nobody is there any more. */
    private static final class Load {
        private static final int WARM = 100;

        int answered;
        int unanswered;
        boolean refused;

        static Load untilRefused(TestServer server, CountDownLatch busy) {
            Load load = new Load();
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(server.address());
                socket.setSoTimeout(2_000);
                while (!load.refused && load.unanswered == 0) {
                    load.askOnce(socket);
                    if (load.answered == WARM) {
                        busy.countDown();
                    }
                }
                return load;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void askOnce(DatagramSocket socket) throws IOException {
            int id = answered & 0xffff;
            Message query = DnsClient.question(NAME, Type.A);
            query.getHeader().setID(id);
            byte[] wire = query.toWire();
            try {
                socket.send(new DatagramPacket(wire, wire.length));
                DatagramPacket reply = new DatagramPacket(new byte[512], 512);
                socket.receive(reply);
                Message message = new Message(Arrays.copyOf(reply.getData(), reply.getLength()));
                assertThat(message.getHeader().getID()).isEqualTo(id);
                assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
                answered++;
            } catch (PortUnreachableException end) {
                refused = true;
            } catch (SocketTimeoutException lost) {
                unanswered++;
            }
        }
    }
}
