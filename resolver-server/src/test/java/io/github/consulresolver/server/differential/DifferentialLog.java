package io.github.consulresolver.server.differential;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What {@code script/test} sums up: which cases were compared, a file for each agent and configuration. */
final class DifferentialLog {

    private static final Path DIRECTORY = Path.of("target", "differential");

    private DifferentialLog() {}

    static void compared(String version, String configuration, Case asked) {
        try {
            Path directory = Files.createDirectories(DIRECTORY.resolve(version));
            Files.writeString(
                    directory.resolve(configuration + ".txt"),
                    asked + System.lineSeparator(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
