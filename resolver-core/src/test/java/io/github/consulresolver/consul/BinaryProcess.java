package io.github.consulresolver.consul;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An agent as a child process with a directory of its own under the temporary directory. */
final class BinaryProcess implements AgentProcess {

    // Its input is a pipe that only this JVM holds: the end of the JVM, however it comes, ends the wait.
    private static final String GUARD = "trap '' INT TERM HUP; read -r never; kill -KILL \"$0\"; rm -rf \"$1\"";

    private final ConsulBinary binary;
    private final Path directory;
    private @Nullable Process agent;
    private @Nullable Process guard;

    BinaryProcess(ConsulBinary binary, AgentPorts ports, String config) {
        this.binary = binary;
        try {
            directory = Files.createTempDirectory("consul-test-");
            String data = directory.resolve("data").toString();
            Files.writeString(testConfig(), new AgentConfig(binary.version(), ports, data).json());
            Files.writeString(classConfig(), config);
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for an agent", e);
        }
    }

    @Override
    public void start() throws IOException {
        Process started = new ProcessBuilder(
                        binary.path().toString(),
                        "agent",
                        "-config-file=" + testConfig(),
                        "-config-file=" + classConfig())
                .redirectErrorStream(true)
                .redirectOutput(logFile().toFile())
                .start();
        agent = started;
        guard = new ProcessBuilder("/bin/sh", "-c", GUARD, Long.toString(started.pid()), directory.toString()).start();
    }

    @Override
    public boolean isAlive() {
        return agent != null && agent.isAlive();
    }

    @Override
    public void pause() throws IOException {
        signal("STOP");
    }

    @Override
    public void resume() throws IOException {
        signal("CONT");
    }

    @Override
    public void kill() {
        // The guard goes first: once the agent is gone, its process id may be another's.
        end(guard);
        end(agent);
    }

    private static void end(@Nullable Process process) {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    @Override
    public String log() {
        try {
            return Files.exists(logFile()) ? Files.readString(logFile()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an agent's directory stays behind", e);
        }
    }

    private Path testConfig() {
        return directory.resolve("test.json");
    }

    private Path classConfig() {
        return directory.resolve("class.json");
    }

    private Path logFile() {
        return directory.resolve("agent.log");
    }

    private void signal(String name) throws IOException {
        if (agent == null) {
            throw new IllegalStateException("the agent was never started");
        }
        List<String> command = List.of("/bin/sh", "-c", "kill -" + name + " " + agent.pid());
        int exit =
                new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
        if (exit != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + exit);
        }
    }
}
