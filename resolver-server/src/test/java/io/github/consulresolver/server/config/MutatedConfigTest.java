package io.github.consulresolver.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.fuzz.Fuzz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configurations that are wrong in any way: they are read, or are a {@link ConfigException} of one readable line. */
class MutatedConfigTest {
    private static final int FILES = 3_000;
    private static final int VALUES = 1_000;

    private static final byte[] FILE = """
            # /etc/consul-resolver.yaml
            listen: ["127.0.0.1:8053", "[::1]:8053"]
            consul-http: https://127.0.0.1:8501
            zones: { dc2.example: ["10.1.0.1", "10.1.0.2:8601"] }
            service-ttl: { web: 10s, "web*": 5500ms, "*": 1s }
            recursors:
              - 10.0.0.2
              - 10.0.0.3:5353
            domain: Consul.Example.
            truncate: rfc
            allow: 10.0.0.0/8
            cache-size: 64m
            max-ttl: 1h
            """.getBytes(UTF_8);

    private static final List<byte[]> FLAG_VALUES = List.of(
            bytes("127.0.0.1:8053"),
            bytes("[2001:db8::1]:53"),
            bytes("http://127.0.0.1:8500"),
            bytes("dc2.example=10.0.0.1,10.0.0.2:8600"),
            bytes("web*=5500ms"),
            bytes("1h30m"),
            bytes("64m"),
            bytes("10.0.0.0/8"),
            bytes("consul"),
            bytes("none"),
            bytes("65535"));

    @TempDir
    Path directory;

    @Test
    void a_file_is_read_or_it_is_said_in_a_line_why_not() {
        Path file = directory.resolve("config.yaml");
        int read = Fuzz.perMille(List.of(FILE), FILES, bytes -> {
            Files.write(file, bytes);
            return isRead(Optional.of(file), Map.of());
        });
        assertThat(read).isBetween(50, 900);
    }

    @Test
    void a_flag_is_read_or_it_is_said_in_a_line_why_not() {
        for (Setting<?> setting : Setting.ALL) {
            Fuzz.perMille(
                    FLAG_VALUES,
                    VALUES,
                    bytes -> isRead(Optional.empty(), Map.of(setting, List.of(new String(bytes, UTF_8)))));
        }
    }

    private static boolean isRead(Optional<Path> file, Map<Setting<?>, List<String>> flags) {
        try {
            new ConfigReader(Map.of()).read(file, flags, Map.of());
            return true;
        } catch (ConfigException refused) {
            assertThat(refused.getMessage()).hasLineCount(1).doesNotMatch(".*\\p{Cntrl}.*");
            return false;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
