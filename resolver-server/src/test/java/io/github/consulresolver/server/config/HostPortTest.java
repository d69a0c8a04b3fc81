package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostPortTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8053, 127.0.0.1:8053",
        "127.0.0.1, 127.0.0.1:53",
        "[::1]:8053, [::1]:8053",
        "[::1], [::1]:53",
        "::1, [::1]:53",
        "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:53",
        "localhost, 127.0.0.1:53",
        "LOCALHOST:8053, 127.0.0.1:8053"
    })
    void an_address_is_read_with_and_without_its_port(String text, String read) throws ConfigException {
        assertThat(HostPort.format(HostPort.remote(text, 53))).isEqualTo(read);
    }

    @Test
    void a_scope_is_kept() throws ConfigException {
        assertThat(HostPort.format(HostPort.remote("[fe80::1%1]:53", 53))).isEqualTo("[fe80::1%1]:53");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":53", "a:b:c", "[::1", "[::1]53", "[]:53", "127.0.0.1:53:53"})
    void what_is_no_host_and_port_is_told_with_an_example(String text) {
        assertThatThrownBy(() -> HostPort.local(text, 53))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("expected HOST:PORT, like 127.0.0.1:53 or [::1]:53");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x", "[::1]:99999"})
    void a_port_that_is_none_is_told_with_the_range(String text) {
        assertThatThrownBy(() -> HostPort.local(text, 53))
                .isInstanceOf(ConfigException.class)
                .hasMessage("expected a port from 0 to 65535; found \"" + text + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dns.example.com:53", "agent", "agent:8600"})
    void a_host_name_is_refused_without_looking_it_up(String text) {
        assertThatThrownBy(() -> HostPort.remote(text, 53))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("host names other than localhost are not supported yet, write the IP address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"256.0.0.1", "1.2.3", "010.0.0.1", "[127.0.0.1]:53", "[fe80::1%nosuchif]:53", "1"})
    void what_only_looks_like_an_address_is_refused(String text) {
        assertThatThrownBy(() -> HostPort.remote(text, 53))
                .isInstanceOf(ConfigException.class)
                .hasMessage("expected an IP address; found \"" + text + "\"");
    }

    @Test
    void a_wildcard_can_be_listened_on_and_not_be_sent_to() throws ConfigException {
        assertThat(HostPort.format(HostPort.local("[::]:53", 53))).isEqualTo("[::]:53");
        assertThatThrownBy(() -> HostPort.remote("0.0.0.0:53", 53)).hasMessageContaining("wildcard");
    }

    @Test
    void port_0_can_be_listened_on_and_not_be_sent_to() throws ConfigException {
        assertThat(HostPort.local("127.0.0.1:0", 53).getPort()).isZero();
        assertThatThrownBy(() -> HostPort.remote("127.0.0.1:0", 53)).hasMessageContaining("a port from 1 to 65535");
    }
}
