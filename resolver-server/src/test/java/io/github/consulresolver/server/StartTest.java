package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.FreePort;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.server.config.HostPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Which addresses are listened on. */
final class StartTest {
    private static final int CYCLES = 10;
    private static final Message QUERY = DnsClient.question("web.service.consul.", Type.A);

    private final ScriptedUpstream agent = ScriptedAgent.withInstances(3);

    @AfterEach
    void end() {
        agent.close();
    }

    @Test
    void port_0_is_one_port_for_both() throws IOException, StartException {
        try (TestServer server = TestServer.start(agent.address())) {
            assertThat(server.address().getPort()).isPositive();
            assertThat(server.ask(Protocol.UDP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(server.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void a_second_server_on_the_same_port_ends_with_one_line_and_the_first_goes_on() throws Exception {
        try (TestServer first = TestServer.start(agent.address())) {
            assertThatThrownBy(() -> TestServer.start(agent.address(), config -> config.listen(first.addresses())))
                    .isInstanceOf(StartException.class)
                    .message()
                    .hasLineCount(1)
                    .startsWith("Cannot listen on 127.0.0.1:" + first.address().getPort() + ": another program")
                    .contains("--listen");
            assertThat(first.ask(Protocol.UDP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(first.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void a_port_that_is_taken_for_udp_only_is_taken_and_nothing_is_left_open() throws Exception {
        int port = FreePort.find();
        try (DatagramSocket other = new DatagramSocket(TestServer.loopback(port))) {
            assertThatThrownBy(() -> startOn(TestServer.loopback(other.getLocalPort())))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("another program");
        }
        try (TestServer server = startOn(TestServer.loopback(port))) {
            assertThat(server.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void an_address_that_the_host_does_not_have_is_told() {
        // 198.51.100.0/24 is for documentation (RFC 5737).
        assertThatThrownBy(() -> startOn(HostPort.local("198.51.100.1", 0)))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("does not have that address");
    }

    @Test
    void a_port_is_free_again_when_the_server_has_ended() throws Exception {
        InetSocketAddress address = TestServer.loopback(FreePort.find());
        TestServer first = startOn(address);
        first.ask(Protocol.TCP, QUERY);
        first.close();
        try (TestServer second = startOn(address)) {
            assertThat(second.ask(Protocol.UDP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(second.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void closing_twice_is_closing_once() throws StartException {
        TestServer server = TestServer.start(agent.address());
        server.close();
        server.close();
        assertThat(server.addresses()).isEmpty();
    }

    @Test
    void a_wildcard_answers_from_the_address_that_was_asked() throws Exception {
        Optional<InetAddress> other = anotherAddress();
        assumeThat(other).as("an IPv4 address of this host besides loopback").isPresent();
        try (TestServer server = startOn(HostPort.local("0.0.0.0", 0))) {
            int port = server.address().getPort();
            for (InetAddress asked : List.of(InetAddress.getLoopbackAddress(), other.get())) {
                // Its socket is connected: it hears nobody else.
                DnsClient client = DnsClient.of(new InetSocketAddress(asked, port));
                assertThat(client.ask(Protocol.UDP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
                assertThat(client.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            }
        }
    }

    @Test
    void an_address_may_be_named_beside_the_wildcard_that_has_it() throws Exception {
        InetSocketAddress loopback = TestServer.loopback(FreePort.find());
        InetSocketAddress wildcard = HostPort.local("0.0.0.0", loopback.getPort());
        for (List<InetSocketAddress> both : List.of(List.of(loopback, wildcard), List.of(wildcard, loopback))) {
            try (TestServer server = TestServer.start(agent.address(), config -> config.listen(both))) {
                assertThat(server.addresses()).contains(loopback).doesNotHaveDuplicates();
                assertThat(DnsClient.of(loopback).ask(Protocol.UDP, QUERY).getRcode())
                        .isEqualTo(Rcode.NOERROR);
            }
        }
    }

    @Test
    void ipv6_is_listened_on() throws Exception {
        InetAddress loopback = HostPort.local("::1", 0).getAddress();
        assumeThat(NetworkInterface.getByInetAddress(loopback))
                .as("IPv6 on this host")
                .isNotNull();
        try (TestServer server = startOn(new InetSocketAddress(loopback, 0))) {
            assertThat(server.ask(Protocol.UDP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(server.ask(Protocol.TCP, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
        }
    }

    private TestServer startOn(InetSocketAddress address) throws StartException {
        return TestServer.start(agent.address(), config -> config.listen(List.of(address)));
    }

    private static Optional<InetAddress> anotherAddress() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
    }

    @Test
    void nothing_is_left_of_a_server_that_has_ended() throws Exception {
        for (int i = 0; i < 3; i++) {
            startAskAndEnd();
        }
        int threads = threads();
        long descriptors = descriptors();
        for (int i = 0; i < CYCLES; i++) {
            startAskAndEnd();
        }
        // Others in this JVM may have begun something of theirs meanwhile; one thing of each of ours would be more.
        Await.until("their threads have ended", () -> threads() < threads + CYCLES / 2);
        Await.until("their sockets are closed", () -> descriptors() < descriptors + CYCLES / 2);
    }

    private void startAskAndEnd() throws Exception {
        try (TestServer server = TestServer.start(agent.address())) {
            for (Protocol protocol : Protocol.values()) {
                assertThat(server.ask(protocol, QUERY).getRcode()).isEqualTo(Rcode.NOERROR);
                assertThat(server.ask(protocol, "example.org.", Type.A).getRcode())
                        .isEqualTo(Rcode.SERVFAIL);
            }
        }
    }

    private static int threads() {
        return Thread.getAllStackTraces().size();
    }

    /** Of this process; 0 where the system does not say. */
    private static long descriptors() {
        Path all = Path.of("/proc/self/fd");
        if (!Files.isDirectory(all)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(all)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
