package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TcpKeepaliveOption;
import org.xbill.DNS.Type;

/**
 * DNS over TCP as RFC 7766 wants it of a server, and RFC 7828 with it; each test names the section. What a connection can do to us
 * (framing byte by byte, half-close, resets, idle time-outs, clients that do not read) is in {@link TcpTest}.
 */
final class Rfc7766Test {
    private static final String NAME = "web.service.consul.";
    private static final int QUESTIONS = 100;

    private final ScriptedUpstream agent = ScriptedAgent.withInstances(300);
    private final ScriptedUpstream deadRecursor = ScriptedUpstream.silent();
    private final TestServer server = TestServer.start(
            agent.address(),
            config -> config.recursors(List.of(deadRecursor.address()))
                    .tcpIdleTimeout(Duration.ofSeconds(30))
                    .maxTcpConnectionsPerClient(2));

    Rfc7766Test() throws StartException {}

    @AfterEach
    void end() {
        server.close();
        agent.close();
        deadRecursor.close();
    }

    /** Section 5: TCP is no fallback; who comes over it first is answered. */
    @Test
    void nobody_has_to_ask_over_udp_first() throws IOException {
        assertThat(server.ask(Protocol.TCP, NAME, Type.A).getSection(Section.ANSWER))
                .hasSize(300);
    }

    /** Section 5: a reply that was cut over UDP is whole over TCP. */
    @Test
    void who_was_told_of_a_cut_gets_the_whole() throws IOException, StartException {
        try (ScriptedUpstream recursor = ScriptedAgent.withInstances(100);
                TestServer other = behind(recursor)) {
            assertThat(other.ask(Protocol.UDP, "example.org.", Type.A)
                            .getHeader()
                            .getFlag(Flags.TC))
                    .isTrue();
            assertThat(other.ask(Protocol.TCP, "example.org.", Type.A).getSection(Section.ANSWER))
                    .hasSize(100);
        }
    }

    /** Section 6.2.1: a connection serves many queries, one after the other. */
    @Test
    void a_connection_is_used_again_and_again() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            for (int id = 0; id < QUESTIONS; id++) {
                client.ask(query(NAME, id));
                assertThat(client.receive().getHeader().getID()).isEqualTo(id);
            }
        }
    }

    /** Sections 6.2.1.1 and 7: the first question goes to a recursor that is dead, and holds back none of the others. */
    @Test
    void ninety_nine_of_a_hundred_questions_in_one_segment_are_answered_while_the_first_has_no_answer()
            throws IOException, InterruptedException {
        try (TcpClient client = new TcpClient(server)) {
            ByteArrayOutputStream segment = new ByteArrayOutputStream();
            segment.writeBytes(TcpClient.framed(query("dead.example.", 0).toWire()));
            for (int id = 1; id < QUESTIONS; id++) {
                segment.writeBytes(TcpClient.framed(
                        query("n" + id + ".service.consul.", id).toWire()));
            }
            client.send(segment.toByteArray());

            List<Integer> ids = new ArrayList<>();
            for (Message reply : client.receive(QUESTIONS - 1)) {
                assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
                ids.add(reply.getHeader().getID());
            }
            assertThat(ids)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(1, QUESTIONS).boxed().toList());
            assertThat(server.flights()).as("the first still flies").isEqualTo(1);
        }
    }

    /** Section 7: replies are told apart by their ids; the same id with two questions is answered twice, by question. */
    @Test
    void a_reply_has_the_id_and_the_question_of_its_query() throws IOException {
        try (TcpClient client = new TcpClient(server)) {
            client.ask(query("one.service.consul.", 7));
            client.ask(query("two.service.consul.", 7));

            assertThat(client.receive(2))
                    .allSatisfy(reply -> assertThat(reply.getHeader().getID()).isEqualTo(7))
                    .extracting(reply -> reply.getQuestion().getName().toString())
                    .containsExactlyInAnyOrder("one.service.consul.", "two.service.consul.");
        }
    }

    /** Section 6.2.3: one client may not have all connections; his next one costs him an idle one, and another still gets his. */
    @Test
    void a_client_above_its_limit_loses_an_idle_connection_and_others_are_served() throws IOException {
        try (TcpClient first = new TcpClient(server);
                TcpClient second = new TcpClient(server)) {
            for (TcpClient client : List.of(first, second)) {
                client.ask(query(NAME, 1));
                client.receive();
            }
            try (TcpClient third = new TcpClient(server)) {
                third.ask(query(NAME, 3));
                assertThat(third.receive().getRcode()).isEqualTo(Rcode.NOERROR);
                first.assertThatItEnds();
            }
            try (TcpClient other = new TcpClient(server, InetAddress.getByName("127.0.0.2"))) {
                other.ask(query(NAME, 2));
                assertThat(other.receive().getRcode()).isEqualTo(Rcode.NOERROR);
            }
        }
    }

    /** Section 6.2.2: a connection that has ended no longer counts. */
    @Test
    void a_client_that_ends_a_connection_may_open_another() throws IOException {
        for (int i = 0; i < 5; i++) {
            try (TcpClient client = new TcpClient(server)) {
                client.ask(query(NAME, i));
                assertThat(client.receive().getHeader().getID()).isEqualTo(i);
                client.reset();
            }
            Await.until("the connection is gone", () -> server.connections() == 0);
        }
    }

    /** Section 8: the length and the message may come, and are sent, as one segment or as many. */
    @Test
    void the_largest_query_may_come_byte_by_byte_behind_another() throws IOException {
        Message padded = query(NAME, 2);
        padded.addRecord(
                new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(EDNSOption.Code.PADDING, new byte[4_000]))),
                Section.ADDITIONAL);
        try (TcpClient client = new TcpClient(server)) {
            client.ask(query(NAME, 1));
            for (byte each : TcpClient.framed(padded.toWire())) {
                client.send(each);
            }
            assertThat(client.receive(2))
                    .extracting(reply -> reply.getHeader().getID())
                    .containsExactlyInAnyOrder(1, 2);
        }
    }

    /** RFC 7828 section 3.3.2: who asks is told how long we wait, in units of 100 ms. */
    @Test
    void who_wants_to_know_is_told_the_idle_time_out() throws IOException {
        Message reply = server.ask(Protocol.TCP, withKeepalive(NAME));
        assertThat(keepalive(reply)).containsExactly(new TcpKeepaliveOption(Duration.ofSeconds(30)));
    }

    /** RFC 7828 section 3.3.2: also with an error. */
    @Test
    void an_error_tells_the_idle_time_out_too() throws IOException {
        Message query = withKeepalive(NAME);
        query.getHeader().setOpcode(2);
        Message reply = server.ask(Protocol.TCP, query);
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(keepalive(reply)).hasSize(1);
    }

    /** RFC 7828 section 3.3.2: only then. */
    @Test
    void who_does_not_ask_is_not_told_the_idle_time_out() throws IOException {
        Message query = query(NAME, 1);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        assertThat(keepalive(server.ask(Protocol.TCP, query))).isEmpty();
    }

    /** RFC 7828 section 3.2.2: there is no connection to keep. */
    @Test
    void over_udp_the_option_is_ignored() throws IOException {
        Message reply = server.ask(Protocol.UDP, withKeepalive(NAME));
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(keepalive(reply)).isEmpty();
    }

    /** RFC 7828 section 3.2.1 wants no time-out from a client; one that sends some does no harm. */
    @Test
    void a_clients_own_time_out_is_not_looked_at() throws IOException {
        Message query = query(NAME, 1);
        query.addRecord(
                new OPTRecord(1232, 0, 0, 0, List.of(new TcpKeepaliveOption(Duration.ofHours(1)))), Section.ADDITIONAL);
        assertThat(keepalive(server.ask(Protocol.TCP, query)))
                .containsExactly(new TcpKeepaliveOption(Duration.ofSeconds(30)));
    }

    private TestServer behind(ScriptedUpstream recursor) throws StartException {
        return TestServer.start(agent.address(), config -> config.recursors(List.of(recursor.address())));
    }

    private static List<EDNSOption> keepalive(Message reply) {
        OPTRecord opt = reply.getOPT();
        return opt == null ? Collections.emptyList() : opt.getOptions(EDNSOption.Code.TCP_KEEPALIVE);
    }

    private static Message withKeepalive(String name) {
        Message query = query(name, 1);
        query.addRecord(new OPTRecord(1232, 0, 0, 0, List.of(new TcpKeepaliveOption())), Section.ADDITIONAL);
        return query;
    }

    private static Message query(String name, int id) {
        Message query = DnsClient.question(name, Type.A);
        query.getHeader().setID(id);
        return query;
    }
}
