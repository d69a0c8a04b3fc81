package io.github.consulresolver.consul;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What {@code script/test} sums up: which tests talked to which Consul. Lines are added; a clean build empties it. */
final class ConsulTestLog {

    private static final Path DIRECTORY = Path.of("target", "consul-tests");

    private ConsulTestLog() {}

    static void ran(String version, String test) {
        append(version, test);
    }

    static void skipped(String reason) {
        append("skipped", reason);
    }

    private static void append(String file, String line) {
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(
                    DIRECTORY.resolve(file + ".txt"),
                    line + System.lineSeparator(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
