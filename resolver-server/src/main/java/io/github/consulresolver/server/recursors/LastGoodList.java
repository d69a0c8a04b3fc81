package io.github.consulresolver.server.recursors;

import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The recursors that were found last, kept in the state directory for a day on which nobody else names any. */
public final class LastGoodList {

    private static final String HEADER =
            "# The DNS servers consul-resolver found last. It asks them when nobody on this" + " host names any other.";

    private final Path file;

    /** Keeps the list in this directory, which is made when the first list is kept. */
    public LastGoodList(Path stateDirectory) {
        this.file = stateDirectory.resolve("recursors");
    }

    /** The file, to name it to people. */
    Path file() {
        return file;
    }

    /** The list; lines that are no address are passed over, and without a readable file the list is empty. */
    List<InetSocketAddress> read() {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String line : ResolvConf.lines(file)) {
            try {
                servers.add(HostPort.remote(line.strip(), 53));
            } catch (ConfigException e) {
                // A comment, or something that was damaged: the rest of the list is still worth having.
            }
        }
        return servers.stream().distinct().toList();
    }

    /**
     * Keeps a list: as a whole or not at all, and only when it differs from the kept one.
     *
     * @return why it could not be kept, in one line, or empty when it was; never a reason not to start
     */
    public Optional<String> keep(List<InetSocketAddress> servers) {
        if (servers.isEmpty() || servers.equals(read())) {
            return Optional.empty();
        }
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path written = Files.createTempFile(file.toAbsolutePath().getParent(), "recursors", ".new");
            try {
                Files.write(
                        written,
                        Stream.concat(Stream.of(HEADER), servers.stream().map(HostPort::format))
                                .toList());
                replace(written);
            } finally {
                Files.deleteIfExists(written);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("The list of recursors cannot be kept in " + file.getParent() + " (" + reason(e)
                    + "): name a directory of this user with --state-dir");
        }
    }

    private void replace(Path written) throws IOException {
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "no permission";
        }
        return e instanceof FileSystemException failed && failed.getReason() != null
                ? failed.getReason()
                : e.getClass().getSimpleName();
    }
}
