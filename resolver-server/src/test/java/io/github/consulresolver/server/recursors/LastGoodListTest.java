package io.github.consulresolver.server.recursors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LastGoodListTest {

    private static final List<InetSocketAddress> SERVERS =
            List.of(new InetSocketAddress("10.0.0.2", 53), new InetSocketAddress("2001:db8::53", 5353));

    @TempDir
    Path directory;

    @Test
    void what_was_kept_is_read_again() {
        new LastGoodList(directory.resolve("new/state")).keep(SERVERS);

        assertThat(new LastGoodList(directory.resolve("new/state")).read()).isEqualTo(SERVERS);
    }

    @Test
    void nothing_but_the_list_is_left_in_the_directory() throws IOException {
        new LastGoodList(directory).keep(SERVERS);

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("recursors"));
        }
    }

    @Test
    void another_list_takes_its_place() {
        LastGoodList list = new LastGoodList(directory);
        list.keep(SERVERS);
        list.keep(SERVERS.subList(1, 2));

        assertThat(list.read()).isEqualTo(SERVERS.subList(1, 2));
    }

    @Test
    void the_same_list_is_not_written_again() throws IOException {
        LastGoodList list = new LastGoodList(directory);
        list.keep(SERVERS);
        FileTime longAgo = FileTime.fromMillis(0);
        Files.setLastModifiedTime(list.file(), longAgo);
        list.keep(SERVERS);

        assertThat(Files.getLastModifiedTime(list.file())).isEqualTo(longAgo);
    }

    @Test
    void an_empty_list_does_not_replace_a_good_one() {
        LastGoodList list = new LastGoodList(directory);
        list.keep(SERVERS);
        list.keep(List.of());

        assertThat(list.read()).isEqualTo(SERVERS);
    }

    @Test
    void damaged_lines_are_passed_over() throws IOException {
        Files.write(
                directory.resolve("recursors"),
                new byte[] {0, (byte) 0xFF, '\n', '1', '0', '.', '0', '.', '0', '.', '2'});

        assertThat(new LastGoodList(directory).read()).containsExactly(new InetSocketAddress("10.0.0.2", 53));
    }

    @Test
    void a_directory_that_cannot_be_written_is_told_and_no_failure() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(new LastGoodList(file.resolve("state")).keep(SERVERS))
                .hasValueSatisfying(problem -> assertThat(problem)
                        .startsWith("The list of recursors cannot be kept in " + file.resolve("state") + " (")
                        .contains("--state-dir"));
    }
}
