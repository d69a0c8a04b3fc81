package io.github.consulresolver.server.recursors;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.server.config.HostPort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ResolvConfTest {

    @TempDir
    Path directory;

    @Test
    void only_nameserver_lines_count() throws IOException {
        assertThat(servers("; old\n# nameserver 10.0.0.1\nsearch a b\noptions ndots:2\nnameserver 10.0.0.2\n#"))
                .containsExactly("10.0.0.2:53");
    }

    @Test
    void tabs_spaces_and_carriage_returns_do_not_matter() throws IOException {
        assertThat(servers("nameserver\t10.0.0.2\r\n  nameserver   10.0.0.3   # the other\r\n"))
                .containsExactly("10.0.0.2:53", "10.0.0.3:53");
    }

    @Test
    void more_than_three_servers_are_taken() throws IOException {
        assertThat(servers("nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n"))
                .hasSize(4);
    }

    @Test
    void a_server_named_twice_is_taken_once() throws IOException {
        assertThat(servers("nameserver 10.0.0.1\nnameserver 10.0.0.1\n")).containsExactly("10.0.0.1:53");
    }

    @Test
    void an_ipv6_address_may_have_a_scope() throws IOException {
        assertThat(servers("nameserver 2001:db8::53\nnameserver fe80::1%1\n"))
                .containsExactly("[2001:db8::53]:53", "[fe80::1%1]:53");
    }

    @Test
    void what_is_no_address_is_passed_over() throws IOException {
        assertThat(servers("nameserver dns.example.com\nnameserver\nnameserver 10.0.0\nnameserver fe80::1%none\n"
                        + "nameservers 10.0.0.8\nnameserver 10.0.0.2"))
                .containsExactly("10.0.0.2:53");
    }

    @Test
    void a_file_of_bytes_that_are_no_text_is_read_all_the_same() throws IOException {
        assertThat(servers("# caf\u00e9\nnameserver 10.0.0.2\n")).containsExactly("10.0.0.2:53");
    }

    @Test
    void a_missing_file_has_no_servers() {
        assertThat(ResolvConf.servers(directory.resolve("missing"))).isEmpty();
    }

    @Test
    void a_directory_has_no_servers() {
        assertThat(ResolvConf.servers(directory)).isEmpty();
    }

    private List<String> servers(String text) throws IOException {
        Path file = directory.resolve("resolv.conf");
        Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
        return ResolvConf.servers(file).stream().map(HostPort::format).toList();
    }
}
