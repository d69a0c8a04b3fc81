package io.github.consulresolver.discovery;

import static io.github.consulresolver.discovery.Instances.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;

class ServiceInstanceTest {

    @Test
    void its_uri_has_its_address_so_that_nobody_looks_it_up_again() {
        URI uri = instance("10.0.0.1", 8080, 1, 1).uri("http");

        assertThat(uri).hasToString("http://10.0.0.1:8080");
        assertThat(uri.resolve("/orders/42")).hasToString("http://10.0.0.1:8080/orders/42");
    }

    @Test
    void an_ipv6_address_stands_in_brackets() {
        URI uri = instance("fd00::1", 8443, 1, 1).uri("https");

        assertThat(uri).hasToString("https://[fd00:0:0:0:0:0:0:1]:8443");
        assertThat(uri.getPort()).isEqualTo(8443);
    }

    @Test
    void what_is_no_scheme_is_refused_with_its_value() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> instance(1, 1, 1).uri("ht tp"))
                .withMessageContaining("\"ht tp\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> instance(1, 1, 1).uri(""))
                .withMessageContaining("\"\"");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> instance(1, 1, 1).uri(null))
                .withMessageContaining("scheme");
    }

    @Test
    void its_socket_address_is_resolved() {
        assertThat(instance("10.0.0.1", 8080, 1, 1).socketAddress())
                .matches(address -> !address.isUnresolved())
                .isEqualTo(new InetSocketAddress("10.0.0.1", 8080));
    }

    @Test
    void another_weight_makes_it_another_value_at_the_same_place() {
        assertThat(instance(1, 1, 1)).isNotEqualTo(instance(1, 1, 10));
        assertThat(instance(1, 1, 1).isSamePlace(instance(1, 1, 10))).isTrue();
        assertThat(instance(1, 1, 1).isSamePlace(instance(2, 1, 1))).isFalse();
        assertThat(instance("10.0.0.1", 1, 1, 1).isSamePlace(instance("10.0.0.2", 1, 1, 1)))
                .isFalse();
    }
}
