package io.github.consulresolver.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "172.16.0.0/12, 172.31.255.255, true",
        "172.16.0.0/12, 172.32.0.0, false",
        "192.168.1.128/25, 192.168.1.127, false",
        "192.168.1.128/25, 192.168.1.128, true",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.0, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "fd00::/8, fdff::1, true",
        "fd00::/8, fe00::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false"
    })
    void a_range_contains_what_its_prefix_says(String range, String address, boolean contained) throws ConfigException {
        InetAddress ip = IpLiteral.parse(address).orElseThrow();

        assertThat(Cidr.parse(range).contains(ip)).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "10.0.0.0/-1", "docker0"})
    void what_is_no_range_is_told_with_an_example(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .hasMessage("expected an address range, like 10.0.0.0/8 or fd00::/8; found \"" + text + "\"");
    }

    @Test
    void bits_outside_the_range_are_a_mistake_with_a_suggestion() {
        assertThatThrownBy(() -> Cidr.parse("10.1.2.3/8")).hasMessageContaining("did you mean \"10.0.0.0/8\"?");
    }
}
