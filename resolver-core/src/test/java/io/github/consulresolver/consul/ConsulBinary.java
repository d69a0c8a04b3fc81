package io.github.consulresolver.consul;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Consul executable on this machine. */
record ConsulBinary(Path path, String version) implements Consul {

    private static final Pattern VERSION = Pattern.compile("^Consul v(\\S+)");

    /** Asks the executable for its version. */
    static ConsulBinary at(Path path) {
        try {
            Process process = new ProcessBuilder(path.toString(), "version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            Matcher version = VERSION.matcher(said);
            if (!version.find()) {
                throw new IllegalStateException(path + " is not a Consul: 'version' printed: " + said);
            }
            return new ConsulBinary(path, version.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be run", e);
        }
    }

    @Override
    public AgentProcess agent(AgentPorts ports, String config) {
        return new BinaryProcess(this, ports, config);
    }
}
