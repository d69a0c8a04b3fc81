package io.github.consulresolver.server.differential;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Reads the tables that stand beside the suite: a line an entry; blank lines and lines that begin with # are for the reader. */
final class Table {

    private Table() {}

    static List<String> lines(String file) {
        try (InputStream in = Objects.requireNonNull(Table.class.getResourceAsStream(file + ".txt"), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }

    /** @param here the version of Consul and the configuration: lines that are for others are left out */
    static List<Case> cases(String file, Set<String> here) {
        return lines(file).stream()
                .flatMap(line -> Case.parse(line, here).stream())
                .toList();
    }
}
