package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.devagent.DevAgent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The program where there is not enough of something. */
@EnabledOnOs(OS.LINUX)
final class ResourcesTest {
    @TempDir
    Path directory;

    private final DevAgent agent = DevAgent.start();

    @AfterEach
    void end() {
        agent.close();
    }

    @Test
    void a_heap_without_room_for_the_cache_is_one_line_and_exit_code_1() throws Exception {
        try (Spawned server = serve(List.of("env", "JAVA_TOOL_OPTIONS=-Xmx40m"))) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.errors())
                    .contains("consul-resolver: The Java heap of ", "Start Java with -Xmx")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void in_that_heap_a_smaller_cache_serves() throws Exception {
        try (Spawned server =
                serve(List.of("env", "JAVA_TOOL_OPTIONS=-Xmx40m"), "--cache-size=8m", "--negative-cache-size=1m")) {
            assertThat(rcode(server.listening())).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void where_no_file_can_be_written_names_are_answered() throws Exception {
        Path state = Files.createDirectory(directory.resolve("state"));
        // As on a full disk, each write to a file fails; and so there is nothing to read of what it says on standard
        // error.
        List<String> noFiles = List.of("sh", "-c", "ulimit -f 0 && exec \"$0\" \"$@\"");
        try (Spawned server = serve(noFiles, "--state-dir=" + state)) {
            assertThat(rcode(server.listening())).isEqualTo(Rcode.NOERROR);
            server.terminate();
            assertThat(server.exitCode()).isZero();
        }
        try (var files = Files.list(state)) {
            assertThat(files.filter(file -> !isEmpty(file))).isEmpty();
        }
    }

    private static boolean isEmpty(Path file) {
        try {
            return Files.size(file) == 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static int rcode(InetSocketAddress server) throws IOException {
        return new DnsClient(server, Duration.ofSeconds(30))
                .ask(Protocol.UDP, DnsClient.question("consul.service.consul.", Type.A))
                .getRcode();
    }

    private Spawned serve(List<String> before, String... settings) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "serve",
                "--listen=127.0.0.1:0",
                "--admin=none",
                "--consul=127.0.0.1:" + agent.dnsAddress().getPort(),
                "--consul-http=" + agent.httpUri()));
        arguments.addAll(Arrays.asList(settings));
        return Spawned.start(
                before, System.getProperty("java.class.path"), directory, arguments.toArray(String[]::new));
    }
}
