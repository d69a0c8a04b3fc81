package io.github.consulresolver.consul;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an agent needs to speak HTTPS with those alone who show a certificate of its authority, made by Consul's own command line: an authority, a
 * server's certificate ({@code server.dc1.consul}, {@code localhost}, 127.0.0.1) and a client's.
 *
 * @param directory where the files are
 * @param port a free one for HTTPS
 */
public record ConsulTls(Path directory, int port) {
    /** Empty where this Consul is no binary, which could not read the files. */
    public static Optional<ConsulTls> in(Path directory, Consul consul) throws IOException, InterruptedException {
        if (!(consul instanceof ConsulBinary binary)) {
            return Optional.empty();
        }
        run(directory, binary, "ca", "create");
        run(directory, binary, "cert", "create", "-server");
        run(directory, binary, "cert", "create", "-client");
        return Optional.of(new ConsulTls(directory, FreePort.find()));
    }

    private static void run(Path directory, ConsulBinary binary, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(binary.path().toString(), "tls"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
    }

    /** For {@link ConsulAgent#start}. */
    public String config() {
        return """
                {"verify_incoming": true, "ca_file": "%s", "cert_file": "%s", "key_file": "%s", "ports": {"https": %d}}
                """.formatted(
                        authority(),
                        directory.resolve("dc1-server-consul-0.pem"),
                        directory.resolve("dc1-server-consul-0-key.pem"),
                        port);
    }

    public Path authority() {
        return directory.resolve("consul-agent-ca.pem");
    }

    public Path clientCertificate() {
        return directory.resolve("dc1-client-consul-0.pem");
    }

    /** As Consul writes them: in the form of RFC 5915. */
    public Path clientKey() {
        return directory.resolve("dc1-client-consul-0-key.pem");
    }
}
