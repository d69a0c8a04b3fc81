package io.github.consulresolver.consul;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks for the Consul versions to test with: those that {@code CONSUL_BIN} names (separated as on the PATH), else those
 * that {@code script/consul/} got, else {@code consul} on the PATH, else the container image.
 */
record ConsulSearch(Map<String, String> environment) {

    /** The oldest and the current version, as {@code script/consul/} provides them. */
    static final List<String> SCRIPTED_VERSIONS = List.of("1.8.7", "1.20.6");

    static final String NOTHING_FOUND =
            "No Consul to test with: run script/consul/fetch-1.8.7 and script/consul/build, "
                    + "or set CONSUL_BIN, or put consul on the PATH, or start a Docker engine.";

    /** What was found, oldest first where the scripts provide it; empty if there is none. */
    List<Consul> find() {
        List<Path> binaries = binaries();
        if (!binaries.isEmpty()) {
            return binaries.stream().<Consul>map(ConsulBinary::at).toList();
        }
        return ConsulImage.canRun(environment) ? List.of(ConsulImage.current()) : List.of();
    }

    private List<Path> binaries() {
        String named = environment.getOrDefault("CONSUL_BIN", "");
        if (!named.isBlank()) {
            return split(named).toList();
        }
        List<Path> scripted = SCRIPTED_VERSIONS.stream()
                .map(version -> cache().resolve("consul-" + version))
                .filter(Files::isExecutable)
                .toList();
        if (!scripted.isEmpty()) {
            return scripted;
        }
        return split(environment.getOrDefault("PATH", ""))
                .map(directory -> directory.resolve("consul"))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .limit(1)
                .toList();
    }

    private Path cache() {
        String configured = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path caches =
                configured.isEmpty() ? Path.of(environment.getOrDefault("HOME", ""), ".cache") : Path.of(configured);
        return caches.resolve("consul-resolver");
    }

    private static Stream<Path> split(String paths) {
        return Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(paths)
                .filter(path -> !path.isBlank())
                .map(Path::of);
    }
}
