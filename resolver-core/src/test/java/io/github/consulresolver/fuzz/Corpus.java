package io.github.consulresolver.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Real messages, as they went over the wire: a line each, in hexadecimal, and who asked or answered what. */
public final class Corpus {
    private Corpus() {}

    /** What {@code dig} sends. */
    public static List<byte[]> queries() {
        return read("queries.txt");
    }

    /** What agents (1.8.7 and 1.20.6) and a recursor (Unbound) answer. */
    public static List<byte[]> replies() {
        return read("replies.txt");
    }

    private static List<byte[]> read(String file) {
        try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> HexFormat.of().parseHex(line.substring(0, line.indexOf(' '))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
