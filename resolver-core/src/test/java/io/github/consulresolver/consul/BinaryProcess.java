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
            Files.writeString(testConfig(), new AgentConfig(binary.version(), ports, data().toString()).json());
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
        // It is the first of its threads to run again that stops them all; until then the others may still answer.
        if (!Poll.until(this::isStopped)) {
            throw new IOException("the agent does not stop");
        }
    }

    /** Whether each of its threads has stopped; only Linux tells. */
    private boolean isStopped() {
        Path threads = Path.of("/proc", Long.toString(agent().pid()), "task");
        if (!Files.exists(threads)) {
            return true;
        }
        try (Stream<Path> each = Files.list(threads)) {
            return each.allMatch(BinaryProcess::isStopped);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isStopped(Path thread) {
        try {
            // The state comes behind the name, which is in parentheses and may have any character.
            String stat = Files.readString(thread.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException ended) {
            return true;
        }
    }

    private Process agent() {
        if (agent == null) {
            throw new IllegalStateException("the agent was never started");
        }
        return agent;
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

    /** Not by {@link Process#onExit}: that is told by a pool of threads which the test may have taken for itself. */
    private static void end(@Nullable Process process) {
        if (process != null) {
            waitFor(process.destroyForcibly());
        }
    }

    private static int waitFor(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a process", e);
        }
    }

    @Override
    public void wipe() throws IOException {
        remove(data());
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
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
        try {
            remove(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("an agent's directory stays behind", e);
        }
    }

    private Path data() {
        return directory.resolve("data");
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
        List<String> command = List.of("/bin/sh", "-c", "kill -" + name + " " + agent().pid());
        int exit = waitFor(new ProcessBuilder(command).inheritIO().start());
        if (exit != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + exit);
        }
    }
}
