package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.server.config.ServerConfig;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What the server needs the system's leave for: to listen below port 1024, and nothing else. */
@EnabledOnOs(OS.LINUX)
final class PrivilegeTest {
    private static final String NOBODY = "65534";
    private static final String CAP_NET_BIND_SERVICE = "0000000000000400";

    @TempDir
    Path directory;

    private final DevAgent agent = DevAgent.start();

    @AfterEach
    void end() {
        agent.close();
    }

    @ParameterizedTest
    @EnumSource
    void nobody_with_the_capability_to_bind_serves_on_a_low_port(Protocol protocol) throws Exception {
        assumeTrue(mayBecomeNobody(), "not root, or no setpriv: others cannot be started with fewer rights than ours");
        int port = freeLowPort();
        try (Spawned server = startAsNobody("+net_bind_service", port)) {
            InetSocketAddress address = server.listening();
            assertThat(address.getPort()).isEqualTo(port);
            assertThat(server.status("Uid").split("\\s+")).containsOnly(NOBODY);
            assertThat(server.status("CapEff")).isEqualTo(CAP_NET_BIND_SERVICE);
            assertThat(DnsClient.of(address)
                            .ask(protocol, DnsClient.question("consul.service.consul.", Type.A))
                            .getRcode())
                    .isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void without_that_capability_the_failure_says_what_is_needed() throws Exception {
        assumeTrue(mayBecomeNobody(), "not root, or no setpriv: others cannot be started with fewer rights than ours");
        int port = freeLowPort();
        try (Spawned server = startAsNobody("-net_bind_service", port)) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.errors())
                    .startsWith("consul-resolver: Cannot listen on 127.0.0.1:" + port)
                    .contains("need root or CAP_NET_BIND_SERVICE")
                    .hasLineCount(1);
        }
    }

    @Test
    void the_admin_door_is_on_loopback_unless_told_otherwise() throws Exception {
        assertThat(ServerConfig.builder(Map.of()).build().admin())
                .hasValueSatisfying(admin ->
                        assertThat(admin.getAddress().isLoopbackAddress()).isTrue());
    }

    private Spawned startAsNobody(String capability, int port) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> nobody = List.of(
                "setpriv",
                "--reuid=" + NOBODY,
                "--regid=" + NOBODY,
                "--clear-groups",
                "--no-new-privs",
                "--bounding-set=-all," + capability,
                "--inh-caps=-all," + capability,
                "--ambient-caps=-all," + capability);
        return Spawned.start(
                nobody,
                Spawned.copiedClassPath(directory),
                directory,
                "serve",
                "--listen=127.0.0.1:" + port,
                "--admin=none",
                "--consul=127.0.0.1:" + agent.dnsAddress().getPort(),
                "--consul-http=" + agent.httpUri(),
                "--recursor=127.0.0.9:5353");
    }

    private static boolean mayBecomeNobody() {
        try {
            boolean root = System.getProperty("user.name").equals("root");
            return root && new ProcessBuilder("setpriv", "--version").start().waitFor() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Below the ports that this system lets anybody have, which are those from 1024 on unless somebody changed it. */
    private static int freeLowPort() throws IOException {
        int first = Integer.parseInt(Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))
                .strip());
        assumeTrue(first > 700, "this system lets anybody have low ports");
        OptionalInt free = IntStream.range(700, Math.min(first, 1024))
                .filter(PrivilegeTest::isFree)
                .findFirst();
        assumeTrue(free.isPresent(), "this process may have no low port either");
        return free.getAsInt();
    }

    private static boolean isFree(int port) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
                DatagramSocket udp = new DatagramSocket(port, loopback)) {
            return tcp.isBound() && udp.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
