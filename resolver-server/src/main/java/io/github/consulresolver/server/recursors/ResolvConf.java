package io.github.consulresolver.server.recursors;

import io.github.consulresolver.server.config.IpLiteral;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The {@code nameserver} lines of a file in the form of resolv.conf(5). */
final class ResolvConf {

    private static final int LARGEST_FILE = 64 << 10;

    private ResolvConf() {}

    /**
     * The servers in their order, all of them (the C library's bound of three is its own), without what is no address.
     * A file that is missing or cannot be read has none.
     */
    static List<InetSocketAddress> servers(Path file) {
        return lines(file).stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
                .map(words -> IpLiteral.parse(words[1]))
                .flatMap(Optional::stream)
                .map(address -> new InetSocketAddress(address, 53))
                .distinct()
                .toList();
    }

    /** The first 64 KiB of a file, read as bytes so that no encoding is wrong; nothing where it cannot be read. */
    static List<String> lines(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LARGEST_FILE), StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
