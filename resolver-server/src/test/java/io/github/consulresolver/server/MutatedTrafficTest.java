package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.ClientQuery;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.fuzz.Corpus;
import io.github.consulresolver.fuzz.Fuzz;
import io.github.consulresolver.fuzz.Mutator;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Clients and upstreams that send anything, over real sockets: whoever behaves is answered all the while. */
class MutatedTrafficTest {
    private static final int DATAGRAMS = 5_000;
    private static final int CONNECTIONS = 300;
    private static final String GOOD = "good.service.consul.";

    /** Of one thread at a time each. */
    private final SplittableRandom random = Fuzz.random();

    private final Mutator replies = new Mutator(Corpus.replies(), random.split());
    private final ScriptedUpstream upstream = ScriptedUpstream.start(this::answer);
    private final TestServer server;

    MutatedTrafficTest() throws StartException {
        server = TestServer.start(upstream.address(), config -> config.recursors(List.of(upstream.address())));
    }

    @AfterEach
    void end() {
        server.close();
        upstream.close();
    }

    @Test
    void between_any_datagrams_a_query_is_answered() throws IOException {
        Mutator queries = new Mutator(Corpus.queries(), random.split());
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server.address());
            for (int i = 1; i <= DATAGRAMS; i++) {
                byte[] query = queries.next();
                socket.send(new DatagramPacket(query, query.length));
                if (i % 50 == 0) {
                    assertThatTheGoodNameIsAnswered(Protocol.UDP);
                }
            }
        }
        assertThatNothingIsLeft();
    }

    @Test
    void beside_any_connections_a_query_is_answered() throws IOException {
        Mutator queries = new Mutator(Corpus.queries(), random.split());
        for (int i = 1; i <= CONNECTIONS; i++) {
            try (TcpClient client = new TcpClient(server)) {
                sendAnything(client, queries);
            }
            if (i % 20 == 0) {
                assertThatTheGoodNameIsAnswered(Protocol.TCP);
            }
        }
        assertThatNothingIsLeft();
    }

    /** A few queries in pieces of any size, some with a wrong length before them; then the end, in an orderly way or not. */
    private void sendAnything(TcpClient client, Mutator queries) throws IOException {
        try {
            for (int left = random.nextInt(1, 6); left > 0; left--) {
                byte[] framed = TcpClient.framed(queries.next());
                if (random.nextInt(8) == 0) {
                    framed[random.nextInt(2)] ^= (byte) (1 << random.nextInt(8));
                }
                for (int from = 0; from < framed.length; ) {
                    int to = Math.min(framed.length, from + random.nextInt(1, 64));
                    client.send(Arrays.copyOfRange(framed, from, to));
                    from = to;
                }
            }
            switch (random.nextInt(3)) {
                case 0 -> client.endOutput();
                case 1 -> client.reset();
                default -> {}
            }
        } catch (IOException endedByTheServer) {
            // It may: what cannot be answered ends a connection.
        }
    }

    private void assertThatTheGoodNameIsAnswered(Protocol protocol) throws IOException {
        Message reply = server.ask(protocol, GOOD, Type.A);
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
    }

    private void assertThatNothingIsLeft() {
        Await.until("all connections are gone", () -> server.connections() == 0);
        Await.until("no question is under way", () -> server.flights() == 0);
    }

    /** The good name is answered right; all else with whatever comes, mostly under the id and with the question asked. */
    private void answer(ClientQuery query) throws IOException {
        byte[] asked = query.bytes();
        if (asked.length > 16 && asked[12] == 4 && asked[13] == 'g') {
            query.reply(Reply.to(query.message())
                    .answer(GOOD + " 60 IN A 10.0.0.1")
                    .opt()
                    .message());
            return;
        }
        byte[] reply = nextReply();
        if (reply.length > 1 && (reply[reply.length - 1] & 7) != 0) {
            reply[0] = asked[0];
            reply[1] = asked[1];
        }
        query.reply(reply);
    }

    private synchronized byte[] nextReply() {
        return replies.next();
    }
}
