package io.github.consulresolver.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsulSearchTest {

    private static final String EXECUTABLE = "rwxr-xr-x";

    @TempDir
    private Path directory;

    @Test
    void CONSUL_BIN_may_name_several_and_comes_before_all_else() throws IOException {
        Path first = consul("first/consul", "1.9.0");
        Path second = consul("second/consul", "1.21.0");
        consul("cache/consul-resolver/consul-1.8.7", "1.8.7");

        assertThat(search(Map.of("CONSUL_BIN", first + ":" + second, "XDG_CACHE_HOME", directory + "/cache")))
                .containsExactly("1.9.0", "1.21.0");
    }

    @Test
    void what_the_scripts_got_comes_before_the_path() throws IOException {
        consul("cache/consul-resolver/consul-1.8.7", "1.8.7");
        consul("cache/consul-resolver/consul-1.20.6", "1.20.6");
        Path onPath = consul("bin/consul", "1.15.0");

        assertThat(search(Map.of("XDG_CACHE_HOME", directory + "/cache", "PATH", "/nowhere:" + onPath.getParent())))
                .containsExactly("1.8.7", "1.20.6");
    }

    @Test
    void the_first_consul_on_the_path_is_taken_where_the_scripts_got_none() throws IOException {
        Path onPath = consul("bin/consul", "1.15.0");
        Path later = consul("later/consul", "1.16.0");

        assertThat(search(Map.of("PATH", onPath.getParent() + ":" + later.getParent())))
                .containsExactly("1.15.0");
    }

    @Test
    void a_CONSUL_BIN_that_cannot_be_run_is_an_error_and_not_passed_over() {
        assertThatThrownBy(() -> search(Map.of("CONSUL_BIN", directory + "/missing")))
                .hasMessageContaining(directory + "/missing");
    }

    @Test
    void the_versions_looked_for_are_those_that_the_scripts_get() throws IOException {
        String goMod = Files.readString(Path.of("..", "script", "consul", "go.mod"));

        assertThat(ConsulSearch.SCRIPTED_VERSIONS)
                .hasSize(2)
                .allSatisfy(version -> assertThat(Files.exists(Path.of("..", "script", "consul", "fetch-" + version))
                                || goMod.contains("github.com/hashicorp/consul v" + version + " "))
                        .isTrue());
    }

    private static Iterable<String> search(Map<String, String> environment) {
        return new ConsulSearch(environment)
                .find().stream().map(Consul::version).toList();
    }

    private Path consul(String path, String version) throws IOException {
        Path file = directory.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\necho Consul v" + version + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(EXECUTABLE));
    }
}
