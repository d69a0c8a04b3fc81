package io.github.consulresolver.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.server.config.Setting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void help_shows_commands_and_examples() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("serve", "dev", "query", "Examples:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "dev", "query"})
    void each_command_has_help_with_examples(String command) {
        assertThat(run(command, "--help")).isZero();
        assertThat(out.toString()).contains("Usage: consul-resolver " + command, "Examples:");
    }

    @Test
    void every_setting_is_a_flag_of_serve() {
        run("serve", "--help");

        assertThat(Setting.ALL).allSatisfy(setting -> assertThat(out.toString()).contains(setting.flag() + "="));
    }

    @Test
    void the_version_names_the_program_and_its_java() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("consul-resolver .*, Java .* on .*\\R");
    }

    @Test
    void without_a_command_the_commands_are_named() {
        assertUsageMistake("consul-resolver: expected a command: serve, dev or query (--help tells more)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sevre | consul-resolver: unmatched argument at index 0: 'sevre', did you mean serve? (--help tells more)",
                "serve --recurser=10.0.0.2 | consul-resolver serve: unknown option: '--recurser=10.0.0.2', did you mean"
                        + " --recursor? (--help tells more)",
                "serve --domain a --domain b | consul-resolver serve: option '--domain' (NAME) should be specified only"
                        + " once (--help tells more)",
                "serve --listen 127.0.0.1:x | consul-resolver: --listen: expected a port from 0 to 65535;"
                        + " found \"127.0.0.1:x\"",
                "serve --recursor 127.0.0.1 | consul-resolver: 127.0.0.1:53 is an address this server listens on: it"
                        + " would ask itself. Change --listen, --consul, --zone or --recursor",
                "serve --config missing.yaml | consul-resolver: missing.yaml: no such file",
                "query | consul-resolver query: missing required parameter: 'NAME' (--help tells more)",
                "query a.example AAAB | consul-resolver: unknown record type \"AAAB\", did you mean AAAA?",
                "query a..example | consul-resolver: expected a domain name; found 'a..example': invalid empty label",
                "query a.example --timeout 5 | consul-resolver: --timeout: expected a duration from 1ms to 1m, with its"
                        + " unit, like 10s or 1h30m; found \"5\"",
                "query a.example --server dns.example | consul-resolver: --server: host names other than localhost are"
                        + " not supported yet, write the IP address; found \"dns.example\""
            })
    void a_mistake_is_one_line_and_exit_code_2(String arguments, String message) {
        assertUsageMistake(message, arguments.split(" "));
    }

    @Test
    void a_mistake_in_the_file_is_told_with_its_place(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("c.yaml"), "domain: consul\nrecurser: 10.0.0.2\n");

        assertUsageMistake(
                "consul-resolver: " + file + ":2:1: unknown key \"recurser\", did you mean \"recursors\"?",
                "serve",
                "--config",
                file.toString());
    }

    private void assertUsageMistake(String message, String... arguments) {
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString()).isEqualTo(message + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }
}
