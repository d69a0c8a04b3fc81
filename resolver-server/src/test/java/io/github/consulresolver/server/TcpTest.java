package io.github.consulresolver.server;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Connections of every kind. The agent knows every name at once, but those that begin with "slow" when it is let. */
final class TcpTest {
    private static final String FAST = "fast.service.consul.";
    private static final String SLOW = "slow.service.consul.";
    private static final Duration SHORT = Duration.ofMillis(200);
    /** Where the test must do something before the connection ends. */
    private static final Duration LONGER = Duration.ofSeconds(2);

    private final CountDownLatch slow = new CountDownLatch(1);
    private final ScriptedUpstream agent = ScriptedUpstream.start(query -> {
        Message message = query.message();
        if (message.getQuestion().getName().toString().startsWith("slow")) {
            slow.await();
        }
        query.reply(ScriptedAgent.answer(message, 300));
    });
    private final TestServer server = start(Duration.ofSeconds(10), 1_024);

    TcpTest() throws StartException {}

    private TestServer start(Duration idleTimeout, int maxConnections) throws StartException {
        return TestServer.start(
                agent.address(), config -> config.tcpIdleTimeout(idleTimeout).maxTcpConnections(maxConnections));
    }

    @AfterEach
    void end() {
        slow.countDown();
        server.close();
        agent.close();
    }

    @Test
    void everything_is_given() throws IOException {
        Message reply = server.ask(Protocol.TCP, FAST, Type.A);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(300);
        assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void queries_that_come_in_one_segment_are_all_answered() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            ByteArrayOutputStream segment = new ByteArrayOutputStream();
            Set<Integer> ids = new HashSet<>();
            for (int i = 0; i < 20; i++) {
                Message query = query("n" + i + ".service.consul.", 100 + i);
                ids.add(query.getHeader().getID());
                segment.writeBytes(TcpClient.framed(query.toWire()));
            }
            client.send(segment.toByteArray());

            assertThat(client.receive(20)).extracting(TcpTest::id).containsExactlyInAnyOrderElementsOf(ids);
        }
    }

    @Test
    void a_fast_answer_overtakes_a_slow_one() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            client.ask(query(SLOW, 1));
            client.ask(query(FAST, 2));

            assertThat(id(client.receive())).isEqualTo(2);
            slow.countDown();
            assertThat(id(client.receive())).isEqualTo(1);
        }
    }

    @Test
    void bytes_may_come_one_by_one() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            for (int i = 0; i < 2; i++) {
                for (byte each : TcpClient.framed(query(FAST, i).toWire())) {
                    client.send(each);
                }
                assertThat(id(client.receive())).isEqualTo(i);
            }
        }
    }

    @Test
    void a_query_may_be_split_anywhere() throws IOException {
        byte[] two = new byte[2 * TcpClient.framed(query(FAST, 1).toWire()).length];
        byte[] one = TcpClient.framed(query(FAST, 1).toWire());
        System.arraycopy(one, 0, two, 0, one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        try (TcpClient client = new TcpClient(server)) {
            for (int at = 1; at < two.length; at += 7) {
                client.send(Arrays.copyOf(two, at));
                client.send(Arrays.copyOfRange(two, at, two.length));
                assertThat(client.receive(2)).extracting(TcpTest::id).containsExactly(1, 1);
            }
        }
    }

    @Test
    void who_sends_all_before_reading_anything_gets_every_reply() throws Exception {
        int queries = 5_000;
        server.ask(Protocol.TCP, FAST, Type.A);
        try (TcpClient client = new TcpClient(server)) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < queries; i++) {
                    client.ask(query(FAST, i));
                }
            });
            // The server has more than it may hold, and reads no more: half a thousand replies fill every buffer.
            Await.until("the first replies are there", () -> client.available() > 0);

            assertThat(client.receive(queries))
                    .extracting(TcpTest::id)
                    .containsExactlyElementsOf(
                            IntStream.range(0, queries).boxed().toList());
            sending.get();
        }
    }

    @Test
    void more_questions_than_may_be_under_way_are_all_answered() throws Exception {
        try (TcpClient client = new TcpClient(server)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 400; i++) {
                all.writeBytes(TcpClient.framed(
                        query("slow" + i + ".service.consul.", i).toWire()));
            }
            client.send(all.toByteArray());
            agent.awaitReceived(128);
            assertThat(server.flights()).isEqualTo(128);
            slow.countDown();

            assertThat(client.receive(400).stream().map(TcpTest::id).collect(toSet()))
                    .hasSize(400);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11, 4_097, 65_535})
    void a_length_that_no_query_has_ends_the_connection(int length) throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            client.send((byte) (length >> 8), (byte) length);
            client.send(new byte[Math.min(length, 11)]);
            client.assertThatItEnds();
        }
        assertThat(server.ask(Protocol.TCP, FAST, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void a_malformed_query_gets_an_error_and_the_next_an_answer() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            byte[] query = query(FAST, 1).toWire();
            client.send(TcpClient.framed(Arrays.copyOf(query, query.length - 1)));
            assertThat(client.receive().getRcode()).isEqualTo(Rcode.FORMERR);
            client.ask(query(FAST, 2));
            assertThat(client.receive().getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void who_has_sent_everything_still_gets_the_replies_and_then_the_end() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            client.ask(query(SLOW, 1));
            client.ask(query(FAST, 2));
            client.endOutput();
            assertThat(id(client.receive())).isEqualTo(2);
            slow.countDown();
            assertThat(id(client.receive())).isEqualTo(1);
            client.assertThatItEnds();
        }
    }

    @Test
    void who_ends_in_the_middle_of_a_query_is_let_go() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            client.send(Arrays.copyOf(TcpClient.framed(query(FAST, 1).toWire()), 20));
            client.endOutput();
            client.assertThatItEnds();
        }
    }

    @Test
    void who_leaves_while_answers_are_under_way_is_forgotten() throws IOException, InterruptedException {
        TcpClient client = new TcpClient(server);
        client.ask(query(SLOW, 1));
        agent.awaitReceived(1);
        client.reset();
        Await.until("the connection is gone", () -> server.connections() == 0);
        slow.countDown();
        Await.until("the question is answered", () -> server.flights() == 0);

        assertThat(server.ask(Protocol.TCP, SLOW, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void who_says_nothing_is_let_go() throws IOException, StartException {
        try (TestServer impatient = start(SHORT, 10);
                TcpClient client = new TcpClient(impatient)) {
            client.assertThatItEnds();
        }
    }

    @Test
    void who_was_answered_and_says_nothing_more_is_let_go() throws IOException, StartException {
        try (TestServer impatient = start(LONGER, 10);
                TcpClient client = new TcpClient(impatient)) {
            client.ask(query(FAST, 1));
            client.receive();
            client.assertThatItEnds();
        }
    }

    @Test
    void who_sends_half_a_query_is_let_go() throws IOException, StartException {
        try (TestServer impatient = start(SHORT, 10);
                TcpClient client = new TcpClient(impatient)) {
            client.send(Arrays.copyOf(TcpClient.framed(query(FAST, 1).toWire()), 20));
            client.assertThatItEnds();
        }
    }

    @Test
    void who_sends_a_query_that_never_ends_is_let_go() throws IOException, StartException {
        try (TestServer impatient = start(SHORT, 10);
                TcpClient client = new TcpClient(impatient)) {
            client.send(new byte[] {0x0f, 0x00});
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 0xf00 - 1; i++) {
                            client.send((byte) 1);
                            client.expectNothingFor(Duration.ofMillis(10));
                        }
                    })
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("ended");
        }
    }

    @Test
    void who_waits_for_an_answer_is_not_idle() throws IOException, StartException {
        try (TestServer impatient = start(LONGER, 10);
                TcpClient client = new TcpClient(impatient)) {
            client.ask(query(SLOW, 1));
            client.expectNothingFor(LONGER.plus(SHORT));
            slow.countDown();
            assertThat(id(client.receive())).isEqualTo(1);
        }
    }

    @Test
    void who_does_not_fetch_replies_is_let_go() throws Exception {
        try (TestServer impatient = start(SHORT, 10);
                TcpClient client = new TcpClient(impatient)) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                while (true) {
                    client.ask(query(FAST, 1));
                }
            });
            assertThatThrownBy(() -> sending.get(30, TimeUnit.SECONDS)).hasRootCauseInstanceOf(SocketException.class);
            Await.until("the connection is gone", () -> impatient.connections() == 0);
        }
    }

    @Test
    void the_connection_that_was_idle_for_longest_makes_room_for_the_next() throws IOException, StartException {
        try (TestServer small = start(Duration.ofSeconds(10), 2);
                TcpClient first = new TcpClient(small);
                TcpClient second = new TcpClient(small)) {
            for (TcpClient client : List.of(first, second, first)) {
                client.ask(query(FAST, 1));
                client.receive();
            }
            try (TcpClient third = new TcpClient(small)) {
                third.ask(query(FAST, 2));
                assertThat(id(third.receive())).isEqualTo(2);
                second.assertThatItEnds();
            }
            first.ask(query(FAST, 3));
            assertThat(id(first.receive())).isEqualTo(3);
        }
    }

    @Test
    void where_no_connection_is_idle_the_next_is_ended_and_the_others_served() throws Exception {
        try (TestServer small = start(Duration.ofSeconds(10), 2);
                TcpClient first = new TcpClient(small);
                TcpClient second = new TcpClient(small)) {
            for (TcpClient client : List.of(first, second)) {
                client.ask(query("slow.service.consul.", 1));
            }
            agent.awaitReceived(1);
            Await.until("both wait", () -> small.flights() + small.coalesced() == 2);
            try (TcpClient third = new TcpClient(small)) {
                third.assertThatItEnds();
            }
            slow.countDown();
            assertThat(id(first.receive())).isEqualTo(1);
            assertThat(id(second.receive())).isEqualTo(1);
        }
    }

    private static int id(Message message) {
        return message.getHeader().getID();
    }

    private static Message query(String name, int id) {
        Message query = DnsClient.question(name, Type.A);
        query.getHeader().setID(id);
        return query;
    }
}
