package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.agent.AgentToken;
import io.github.consulresolver.agent.AgentTrust;
import io.github.consulresolver.agent.ClientCertificate;
import io.github.consulresolver.zone.LoadPolicy;
import io.github.consulresolver.zone.StalePolicy;
import io.github.consulresolver.zone.TtlOverrides;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigReaderTest {

    private static final String EVERYTHING = """
            # Everything that can be set
            listen: ["127.0.0.1:8053", "[::1]:8053"]
            consul: 127.0.0.1:18600
            consul-http: https://127.0.0.1:8501
            consul-token-file: /etc/consul.token
            consul-ca-file: /etc/ca.pem
            consul-client-cert: /etc/own.pem
            consul-client-key: /etc/own-key.pem
            consul-tls-server-name: client.dc1.consul
            alt-domain: [Alt.Example, other]
            zones:
              dc2.example: ["10.1.0.1", "10.1.0.2:8601"]
              dc3.example: 10.2.0.1
            a-record-limit: 7
            truncate: rfc
            service-ttl: { web: 10s, "web*": 5500ms, "*": 1s }
            node-ttl: 1m
            negative-ttl: 3s
            recursors:
              - 10.0.0.2
              - 10.0.0.3:5353
            domain: Consul.Example.
            admin: none
            log-level: debug
            udp-answer-limit: 5
            udp-size: 1400
            allow: 10.0.0.0/8
            state-dir: /srv/state
            cache-size: 64m
            negative-cache-size: 1m
            max-ttl: 1h
            max-stale: 2m
            max-stale-unreachable: 3h
            stale-ttl: 4s
            recursor-max-stale: 2d
            recursor-stale-ttl: 1m
            hold-down: 2500ms
            watch: on
            watches: 9
            ttl-0-cache: 1s
            prefetch: no
            max-concurrent: 500
            event-loops: 2
            tcp-idle-timeout: 5s
            max-tcp-connections: 100
            max-tcp-connections-per-client: 50
            """;

    @TempDir
    Path directory;

    @Test
    void every_setting_can_be_in_the_file() throws Exception {
        ServerConfig config = read(EVERYTHING);

        assertThat(config)
                .isEqualTo(new ServerConfig(
                        List.of(address("127.0.0.1:8053"), address("[::1]:8053")),
                        address("127.0.0.1:18600"),
                        Optional.of(new AgentApi(
                                URI.create("https://127.0.0.1:8501"),
                                AgentToken.in(Path.of("/etc/consul.token")),
                                new AgentTrust(
                                        Optional.of(Path.of("/etc/ca.pem")),
                                        Optional.of(new ClientCertificate(
                                                Path.of("/etc/own.pem"), Path.of("/etc/own-key.pem"))),
                                        Optional.of("client.dc1.consul"),
                                        true))),
                        new AgentOverrides(
                                List.of("alt.example", "other"),
                                OptionalInt.of(5),
                                OptionalInt.of(7),
                                Optional.of(true),
                                new TtlOverrides(Map.of("web", 10, "web*", 5, "*", 1), OptionalInt.of(60), 3)),
                        Map.of(
                                "dc2.example", List.of(address("10.1.0.1:8600"), address("10.1.0.2:8601")),
                                "dc3.example", List.of(address("10.2.0.1:8600"))),
                        List.of(address("10.0.0.2:53"), address("10.0.0.3:5353")),
                        "consul.example",
                        Optional.empty(),
                        LogLevel.DEBUG,
                        1400,
                        List.of(Cidr.parse("10.0.0.0/8")),
                        Path.of("/srv/state"),
                        64 << 20,
                        1 << 20,
                        Duration.ofHours(1),
                        new StaleSettings(
                                StalePolicy.CONSUL
                                        .with(Duration.ofMinutes(2), Duration.ofHours(3), 4)
                                        .withHoldDown(Duration.ofMillis(2500)),
                                StalePolicy.RECURSORS.with(Duration.ofDays(2), Duration.ofDays(2), 60)),
                        new WatchSettings(WatchSettings.Mode.ON, 9, Duration.ofSeconds(1)),
                        new LoadPolicy(500, false),
                        2,
                        Duration.ofSeconds(5),
                        100,
                        50));
    }

    @Test
    void the_test_above_knows_every_setting() {
        assertThat(Setting.ALL)
                .allSatisfy(setting -> assertThat(EVERYTHING).containsOnlyOnce("\n" + setting.key() + ":"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "---\n", "---\n...\n"})
    void an_empty_file_sets_nothing(String yaml) throws Exception {
        assertThat(read(yaml)).isEqualTo(ServerConfig.builder(Map.of()).build());
    }

    @Test
    void a_flag_takes_the_place_of_the_files_whole_list() throws Exception {
        ServerConfig config = read("recursors: [10.0.0.2, 10.0.0.3]", Map.of("recursors", List.of("10.0.0.9")));

        assertThat(config.recursors()).containsExactly(address("10.0.0.9:53"));
    }

    @Test
    void the_file_is_over_a_commands_own_defaults() throws Exception {
        ServerConfig config = new ConfigReader(Map.of())
                .read(Optional.of(file("domain: file")), Map.of(), settings(Map.of("domain", List.of("command"))));

        assertThat(config.domain()).isEqualTo("file");
    }

    @Test
    void zones_and_patterns_are_flags_as_well() throws Exception {
        ServerConfig config = read(
                "zones: {dc9: 10.0.0.9}",
                Map.of(
                        "zones", List.of("dc2=10.0.0.1,[::1]:8601", "dc3.=10.0.0.2"),
                        "service-ttl", List.of("*=1s", "web = 1m")));

        assertThat(config.zones())
                .isEqualTo(Map.of(
                        "dc2", List.of(address("10.0.0.1:8600"), address("[::1]:8601")),
                        "dc3", List.of(address("10.0.0.2:8600"))));
        assertThat(config.agentOverrides().ttls().serviceTtl()).isEqualTo(Map.of("*", 1, "web", 60));
    }

    @Test
    void a_zone_or_pattern_that_stands_twice_is_told() {
        assertThatThrownBy(() -> read("", Map.of("zones", List.of("dc2=10.0.0.1", "DC2.=10.0.0.2"))))
                .hasMessage("--zone: dc2 stands twice");
        assertThatThrownBy(() -> read("service-ttl: {web: 1s, web: 2s}")).hasMessage("--service-ttl: web stands twice");
    }

    @Test
    void a_mistake_in_a_flag_names_the_flag() {
        assertThatThrownBy(() -> read("", Map.of("recursors", List.of("10.0.0.2", "10.0.0.2:x"))))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--recursor: expected a port from 1 to 65535; found \"10.0.0.2:x\"");
    }

    @Test
    void a_mistake_in_the_file_is_told_even_where_a_flag_overrides_it() {
        assertThatThrownBy(() -> read("udp-size: big", Map.of("udp-size", List.of("1400"))))
                .hasMessageContaining("udp-size");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`domain: consul\nrecurser: 10.0.0.2` | 2:1: unknown key \"recurser\", did you mean \"recursors\"?",
                "`  forward: x` | 1:3: unknown key \"forward\"; known are listen, consul,",
                "`udp-size: 100` | 1:11: udp-size: expected a number from 512 to 65535; found \"100\"",
                "`cache-size: 32q` | 1:13: cache-size: expected a size from 64k to 64g, like 32m; found \"32q\"",
                "`recursors:\n  - 10.0.0.2\n  - nope!` | 3:5: recursors: expected an IP address; found \"nope!\"",
                "`domain: [a, b]` | 1:9: domain: expected one value (NAME); found a list",
                "`listen: {host: a}` | 1:9: listen: expected one value or a list of them (HOST:PORT); found a mapping",
                "`domain:` | 1:8: domain: expected one value (NAME); found nothing",
                "`recursors: [10.0.0.2, ~]` | 1:23: recursors: expected one value or a list of them (HOST[:PORT]); found",
                "`domain: a\nudp-size: 600\ndomain: b` | 3:1: \"domain\" is given twice, first in line 1",
                "`- listen` | 1:1: expected settings, like \"domain: consul\"",
                "`just words` | 1:1: expected settings, like \"domain: consul\"",
                "`? [a]\n: b` | 1:3: expected the name of a setting",
                "`domain: 'never closed` | 1:22: not YAML: ",
                "`domain: a\n\tlisten: b` | 2:1: not YAML: ",
                "`a: 1\n---\nb: 2` | 2:1: not YAML: ",
                "`domain: -a b-` | 1:9: domain: expected a domain, like consul; found \"-a b-\"",
                "`zones: {.: 10.0.0.1}` | 1:9: zones: expected a domain, like consul; found \".\"",
                "`zones: {dc2: nope!}` | 1:9: zones: expected an IP address; found \"nope!\"",
                "`zones: {dc2: {a: b}}` | 1:14: zones: expected one value or a list of them (DOMAIN=HOST:PORT,...); found a",
                "`zones: dc2` | 1:8: zones: expected DOMAIN=HOST:PORT, like dc2.example=10.0.0.1:8600; found \"dc2\"",
                "`service-ttl: {Web: 1s}` | 1:15: service-ttl: names are matched in lower case, so this would never match; write \"web\"",
                "`service-ttl: {w*b: 1s}` | 1:15: service-ttl: expected PATTERN=DURATION, like web=10s, web*=5s or *=1s; found",
                "`service-ttl: {web: 10}` | 1:15: service-ttl: expected a duration from 0ms to 7d",
                "`truncate: yes` | 1:11: truncate: expected consul, rfc or agent; found \"yes\"",
                "`log-level: loud` | 1:12: log-level: expected error, warn, info, debug or trace; found \"loud\""
            })
    void a_mistake_in_the_file_is_told_with_its_line_and_column(String yaml, String message) throws IOException {
        Path file = file(yaml);

        assertThatThrownBy(() -> new ConfigReader(Map.of()).read(Optional.of(file), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ":" + message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void a_file_that_is_not_there_is_told() {
        Path missing = directory.resolve("missing.yaml");

        assertThatThrownBy(() -> new ConfigReader(Map.of()).read(Optional.of(missing), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage(missing + ": no such file");
    }

    @ParameterizedTest
    @CsvSource({"'domain: \u0000', not YAML", "'domain: \u00ff', expected UTF-8 text"})
    void a_file_of_anything_but_text_is_told(String bytes, String message) throws IOException {
        Path file = Files.write(directory.resolve("binary.yaml"), bytes.getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> new ConfigReader(Map.of()).read(Optional.of(file), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    @Test
    void a_directory_is_no_configuration() {
        assertThatThrownBy(() -> new ConfigReader(Map.of()).read(Optional.of(directory), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(directory + ": cannot be read");
    }

    private ServerConfig read(String yaml) throws Exception {
        return read(yaml, Map.of());
    }

    private ServerConfig read(String yaml, Map<String, List<String>> flags) throws Exception {
        return new ConfigReader(Map.of()).read(Optional.of(file(yaml)), settings(flags), Map.of());
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("config.yaml"), yaml);
    }

    private static Map<Setting<?>, List<String>> settings(Map<String, List<String>> byKey) {
        Map<Setting<?>, List<String>> settings = new LinkedHashMap<>();
        for (Setting<?> setting : Setting.ALL) {
            if (byKey.containsKey(setting.key())) {
                settings.put(setting, byKey.getOrDefault(setting.key(), List.of()));
            }
        }
        return settings;
    }

    private static InetSocketAddress address(String text) throws ConfigException {
        return HostPort.local(text, 0);
    }
}
