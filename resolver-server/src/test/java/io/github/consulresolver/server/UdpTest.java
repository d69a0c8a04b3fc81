package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Datagrams of every kind. One socket's datagrams are answered in order: what is not answered before the next was dropped. */
final class UdpTest {
    private static final String NAME = "web.service.consul.";

    private final ScriptedUpstream agent = ScriptedAgent.withInstances(300);
    private final TestServer server = TestServer.start(agent.address());
    private final DatagramSocket socket = new DatagramSocket();

    UdpTest() throws IOException, StartException {
        socket.connect(server.address());
        socket.setSoTimeout(30_000);
    }

    @BeforeEach
    void a_hit_is_possible() throws IOException {
        server.ask(Protocol.UDP, NAME, Type.A);
    }

    @AfterEach
    void end() {
        socket.close();
        server.close();
        agent.close();
    }

    @Test
    void a_query_is_answered() throws IOException {
        Message query = DnsClient.question(NAME, Type.A);
        send(query.toWire());

        Message reply = receive();

        assertThat(reply.getHeader().getID()).isEqualTo(query.getHeader().getID());
        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(3);
    }

    @Test
    void what_was_answered_once_is_not_asked_again() throws IOException {
        server.ask(Protocol.UDP, "WEB.service.consul.", Type.A);
        server.ask(Protocol.TCP, NAME, Type.A);
        assertThat(agent.received()).isEqualTo(1);
    }

    @Test
    void a_large_reply_is_sent() throws IOException {
        Message query = DnsClient.question(NAME, Type.A);
        query.addRecord(new OPTRecord(65_535, 0, 0), Section.ADDITIONAL);
        send(query.toWire());
        assertThat(receive().getSection(Section.ANSWER)).hasSize(300);
    }

    @Test
    void the_largest_reply_that_a_datagram_carries_is_sent() throws IOException, StartException {
        try (ScriptedUpstream large = ScriptedUpstream.start(query -> query.reply(
                        query.protocol() == Protocol.TCP
                                ? ScriptedAgent.answer(query.message(), 4_089)
                                : Reply.to(query.message()).flag(Flags.TC).message()));
                TestServer behind = TestServer.start(large.address())) {
            Message query = DnsClient.question("%s.%s".formatted("x".repeat(48), NAME), Type.A);
            query.addRecord(new OPTRecord(65_535, 0, 0), Section.ADDITIONAL);
            assertThat(behind.ask(Protocol.UDP, query).getSection(Section.ANSWER))
                    .hasSize((65_507 - 12 - 73 - 11) / 16);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 11})
    void what_is_shorter_than_a_header_is_dropped(int length) throws IOException {
        send(Arrays.copyOf(DnsClient.question(NAME, Type.A).toWire(), length));
        assertThatTheNextIsAnswered();
    }

    @Test
    void a_response_is_dropped() throws IOException {
        byte[] response = DnsClient.question(NAME, Type.A).toWire();
        response[2] |= (byte) 0x80;
        send(response);
        assertThatTheNextIsAnswered();
    }

    @Test
    void half_a_question_is_a_format_error() throws IOException {
        byte[] query = DnsClient.question(NAME, Type.A).toWire();
        send(Arrays.copyOf(query, query.length - 2));
        assertThat(receive().getRcode()).isEqualTo(Rcode.FORMERR);
        assertThatTheNextIsAnswered();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 65_535})
    void another_number_of_questions_than_one_is_a_format_error(int questions) throws IOException {
        byte[] query = DnsClient.question(NAME, Type.A).toWire();
        query[4] = (byte) (questions >> 8);
        query[5] = (byte) questions;
        send(query);
        assertThat(receive().getRcode()).isEqualTo(Rcode.FORMERR);
        assertThatTheNextIsAnswered();
    }

    @Test
    void a_compressed_question_is_a_format_error() throws IOException {
        byte[] query = DnsClient.question(NAME, Type.A).toWire();
        query[12] = (byte) 0xc0;
        query[13] = 12;
        send(query);
        assertThat(receive().getRcode()).isEqualTo(Rcode.FORMERR);
        assertThatTheNextIsAnswered();
    }

    @Test
    void a_datagram_larger_than_any_query_harms_nobody() throws IOException {
        send(Arrays.copyOf(DnsClient.question(NAME, Type.A).toWire(), 60_000));
        byte[] announced = Arrays.copyOf(DnsClient.question(NAME, Type.A).toWire(), 60_000);
        announced[11] = 1;
        send(announced);
        assertThatOneIsAnswered();
    }

    @Test
    void noise_harms_nobody() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        byte[] query = DnsClient.question(NAME, Type.A).toWire();
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = random.nextBoolean() ? query.clone() : new byte[random.nextInt(200)];
            for (int j = random.nextInt(1 + noise.length); j > 0; j--) {
                noise[random.nextInt(noise.length)] = (byte) random.nextInt();
            }
            send(noise);
        }
        assertThatOneIsAnswered();
    }

    private void assertThatTheNextIsAnswered() throws IOException {
        Message query = DnsClient.question(NAME, Type.A);
        send(query.toWire());
        assertThat(receive().getHeader().getID()).isEqualTo(query.getHeader().getID());
    }

    private void assertThatOneIsAnswered() throws IOException {
        assertThat(server.ask(Protocol.UDP, NAME, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(server.ask(Protocol.TCP, NAME, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    private void send(byte[] message) throws IOException {
        socket.send(new DatagramPacket(message, message.length));
    }

    private Message receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
    }
}
