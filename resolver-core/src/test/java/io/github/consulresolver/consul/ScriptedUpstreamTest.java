package io.github.consulresolver.consul;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class ScriptedUpstreamTest {

    private static final Message QUESTION = DnsClient.question("orders.service.consul.", Type.A);

    @ParameterizedTest
    @EnumSource
    void it_answers_as_the_script_says_and_counts(Protocol protocol) throws IOException {
        try (ScriptedUpstream upstream = ScriptedUpstream.answering(ScriptedUpstreamTest::refusal)) {
            Message reply = DnsClient.of(upstream.address()).ask(protocol, QUESTION);

            assertThat(reply.getRcode()).isEqualTo(Rcode.REFUSED);
            assertThat(reply.getHeader().getID()).isEqualTo(QUESTION.getHeader().getID());
            assertThat(upstream.received()).isEqualTo(1);
            assertThat(upstream.received(protocol)).isEqualTo(1);
        }
    }

    @Test
    void a_silent_one_takes_the_query_and_says_nothing() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.silent()) {
            DnsClient impatient = new DnsClient(upstream.address(), Duration.ofMillis(50));

            assertThatThrownBy(() -> impatient.ask(Protocol.UDP, QUESTION)).isInstanceOf(SocketTimeoutException.class);
            upstream.awaitReceived(1);
        }
    }

    @Test
    void a_reply_from_another_port_does_not_reach_a_connected_client() throws IOException {
        try (ScriptedUpstream upstream = ScriptedUpstream.start(query -> {
            ((UdpQuery) query).replyFromAnotherPort("forged".getBytes(UTF_8));
            query.reply("true".getBytes(UTF_8));
        })) {
            assertThat(DnsClient.of(upstream.address()).ask(Protocol.UDP, QUESTION.toWire()))
                    .asString(UTF_8)
                    .isEqualTo("true");
        }
    }

    @Test
    void queries_on_one_connection_are_answered_in_the_order_that_the_script_wants() throws IOException {
        CountDownLatch secondAnswered = new CountDownLatch(1);
        try (ScriptedUpstream upstream = ScriptedUpstream.start(query -> {
                    if (query.bytes()[0] == 1) {
                        secondAnswered.await();
                    }
                    query.reply(query.bytes());
                    secondAnswered.countDown();
                });
                Socket socket = new Socket()) {
            socket.connect(upstream.address());
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(TcpQuery.framed(new byte[] {1}));
            socket.getOutputStream().write(TcpQuery.framed(new byte[] {2}));

            DataInputStream in = new DataInputStream(socket.getInputStream());
            assertThat(TcpQuery.read(in)).containsExactly(2);
            assertThat(TcpQuery.read(in)).containsExactly(1);
        }
    }

    @Test
    void a_connection_can_end_in_the_middle_of_a_message() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start(query -> {
            ((TcpQuery) query).write(new byte[] {0, 100, 1});
            ((TcpQuery) query).close();
        })) {
            assertThatThrownBy(() -> DnsClient.of(upstream.address()).ask(Protocol.TCP, QUESTION))
                    .isInstanceOf(EOFException.class);
        }
    }

    @Test
    void a_connection_can_be_reset() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start(query -> ((TcpQuery) query).reset())) {
            assertThatThrownBy(() -> DnsClient.of(upstream.address()).ask(Protocol.TCP, QUESTION))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    private static Message refusal(Message query) {
        Message reply = query.clone();
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setRcode(Rcode.REFUSED);
        return reply;
    }
}
