package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.consulresolver.devagent.DevAgent;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process: what it says, and its exit code. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@DisabledOnOs(OS.WINDOWS)
final class ProcessTest {

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void a_signal_ends_the_server_with_exit_code_0(String signal) throws Exception {
        assumeThat(isIgnored(signal))
                .as("a process that starts with SIG%s ignored, as a shell's background jobs do, leaves it so", signal)
                .isFalse();
        try (DevAgent agent = DevAgent.start()) {
            Process server = serve(agent, "--listen", "127.0.0.1:0");
            readUntil(server, "Try:");

            signal(server, signal);

            assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(server.exitValue()).isZero();
            assertThat(errors()).isEmpty();
        }
    }

    @Test
    void a_start_tells_what_one_wants_to_know() throws Exception {
        try (DevAgent agent = DevAgent.start()) {
            Process server = serve(agent, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0");
            List<String> lines = readUntil(server, "Try:");
            signal(server, "TERM");

            assertThat(lines).hasSize(5);
            assertThat(lines.get(0)).matches("Listening: 127\\.0\\.0\\.1:[1-9]\\d+ \\(UDP and TCP\\)");
            assertThat(lines.get(1)).matches("Consul:    127\\.0\\.0\\.1:\\d+, for names under consul");
            assertThat(lines.get(2)).isEqualTo("Recursors: 127.0.0.9:5353 (from the configuration)");
            assertThat(lines.get(3)).matches("Admin:     http://127\\.0\\.0\\.1:[1-9]\\d+/health and /metrics");
            assertThat(lines.get(4)).matches("Try:       dig @127\\.0\\.0\\.1 -p [1-9]\\d+ consul\\.service\\.consul");
        }
    }

    @Test
    void a_port_that_is_taken_is_one_line_and_exit_code_1() throws Exception {
        try (DevAgent agent = DevAgent.start();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process server = serve(agent, "--listen", "127.0.0.1:" + taken.getLocalPort());

            assertThat(server.waitFor()).isEqualTo(1);
            assertThat(errors())
                    .singleElement()
                    .asString()
                    .startsWith("consul-resolver: Cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void an_admin_port_that_is_taken_is_one_line_and_dns_is_served() throws Exception {
        try (DevAgent agent = DevAgent.start();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process server = serve(agent, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:" + taken.getLocalPort());
            readUntil(server, "Try:");
            signal(server, "TERM");
            server.waitFor();

            assertThat(errors())
                    .singleElement()
                    .asString()
                    .contains(" WARN ", "No /health and /metrics: 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void an_agent_that_does_not_answer_is_a_line_each_for_dns_settings_and_watches_and_the_server_runs()
            throws Exception {
        DevAgent agent = DevAgent.start();
        agent.close();
        Process server = serve(agent, "--listen", "127.0.0.1:0");
        readUntil(server, "Try:");
        try (BufferedReader err = Files.newBufferedReader(directory.resolve("err"))) {
            assertThat(List.of(nextLine(err), nextLine(err), nextLine(err)))
                    .anySatisfy(line -> assertThat(line).contains(" WARN ", "No Consul agent answers at 127.0.0.1:"))
                    .anySatisfy(line ->
                            assertThat(line).contains(" INFO ", "settings cannot be read from http://127.0.0.1:"))
                    .anySatisfy(line -> assertThat(line).contains(" INFO ", "is not watched"));
        }
        assertThat(server.isAlive()).isTrue();
        signal(server, "TERM");
    }

    @Test
    void dev_serves_the_names_of_an_agent_in_memory() throws Exception {
        Process dev = start("dev", "--listen", "127.0.0.1:0", "--admin", "none", "--recursor", "127.0.0.9:5353");
        List<String> lines = readUntil(dev, "deregister");
        Process query = start(
                "query", "orders.service.consul", "--server", lines.get(0).replaceAll("Listening: (\\S+) .*", "$1"));
        List<String> answer = readUntil(query, "nothing, but the end");
        signal(dev, "TERM");

        assertThat(query.waitFor()).isZero();
        assertThat(answer).hasSize(3).allMatch(line -> line.startsWith("orders.service.consul."));
        assertThat(lines).anyMatch(line -> line.startsWith("Change:    curl -X PUT http://127.0.0.1:"));
        assertThat(dev.waitFor()).isZero();
    }

    private Process serve(DevAgent agent, String... flags) throws IOException {
        InetSocketAddress dns = agent.dnsAddress();
        List<String> command = new ArrayList<>(List.of("serve", "--consul", "127.0.0.1:" + dns.getPort()));
        command.addAll(List.of("--recursor", "127.0.0.9:5353"));
        command.addAll(List.of(flags));
        command.addAll(List.of("--consul-http", agent.httpUri().toString()));
        if (!command.contains("--admin")) {
            command.addAll(List.of("--admin", "none"));
        }
        return start(command.toArray(String[]::new));
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        if (Runtime.version().feature() >= 22) {
            // As the jar's manifest says.
            command.add(1, "--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(directory.resolve("err").toFile());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** The lines of a process up to one that contains this, or to its end. */
    private static List<String> readUntil(Process process, String last) throws IOException {
        List<String> lines = new ArrayList<>();
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
            if (line.contains(last)) {
                break;
            }
        }
        return lines;
    }

    /** The next line of a file that another process is writing. */
    private static String nextLine(BufferedReader file) throws IOException {
        String line = file.readLine();
        while (line == null) {
            Thread.onSpinWait();
            line = file.readLine();
        }
        return line;
    }

    /** Whether this process, and so each that it starts, ignores a signal; only Linux tells. */
    private static boolean isIgnored(String signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        int number = signal.equals("INT") ? 2 : 15;
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> (number - 1) & 1) == 1);
    }

    private static void signal(Process process, String signal) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** What is no news of the agent, which may come at any time. */
    private List<String> errors() throws IOException {
        return Files.readAllLines(directory.resolve("err")).stream()
                .filter(line -> !line.contains(" INFO "))
                .toList();
    }
}
