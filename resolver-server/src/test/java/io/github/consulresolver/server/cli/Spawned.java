package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program as a process of its own, that ends with the test. */
final class Spawned implements AutoCloseable {
    private final Process process;
    private final Path errors;
    private final List<String> said = new ArrayList<>();

    private Spawned(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /**
     * Starts it.
     *
     * @param before what the command line begins with: a program that starts others, and its options; empty for none
     * @param classPath where its classes are
     * @param directory where its errors are kept
     */
    static Spawned start(List<String> before, String classPath, Path directory, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= 22) {
            // As the jar's manifest says.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath, Main.class.getName()));
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile(directory, "errors", ".log");
        return new Spawned(
                new ProcessBuilder(command).redirectError(errors.toFile()).start(), errors);
    }

    static Spawned start(Path directory, String... arguments) throws IOException {
        return start(List.of(), System.getProperty("java.class.path"), directory, arguments);
    }

    /** The class path of this test, copied to where everybody may read it. */
    static String copiedClassPath(Path directory) throws IOException {
        List<String> copies = new ArrayList<>();
        Pattern separator = Pattern.compile(File.pathSeparator, Pattern.LITERAL);
        for (String entry : separator.split(System.getProperty("java.class.path"), -1)) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                Path to = directory.resolve(copies.size() + "-" + from.getFileName());
                copy(from, to);
                copies.add(to.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** Where it listens, which it says at the start. */
    InetSocketAddress listening() throws IOException {
        return address("Listening: 127\\.0\\.0\\.1:(\\d+) .*");
    }

    /** Where its admin door is. */
    InetSocketAddress admin() throws IOException {
        return address("Admin: +http://127\\.0\\.0\\.1:(\\d+)/.*");
    }

    private InetSocketAddress address(String line) throws IOException {
        Pattern pattern = Pattern.compile(line);
        BufferedReader out = process.inputReader();
        for (int seen = 0; ; seen++) {
            if (seen == said.size()) {
                String next = out.readLine();
                assertThat(next).as("after %s; errors: %s", said, errors()).isNotNull();
                said.add(next);
            }
            Matcher matcher = pattern.matcher(said.get(seen));
            if (matcher.matches()) {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(matcher.group(1)));
            }
        }
    }

    /** A line of what the kernel says of it, behind the field's name. */
    String status(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    String errors() throws IOException {
        return Files.readString(errors);
    }

    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends").isTrue();
        return process.exitValue();
    }

    /** Ends it in order. */
    void terminate() throws InterruptedException {
        process.destroy();
        exitCode();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
