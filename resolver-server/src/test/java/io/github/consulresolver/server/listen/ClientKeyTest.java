package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClientKeyTest {
    private static ClientKey key(String address, int port) {
        try {
            return ClientKey.of(InetAddress.getByName(address), port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_host_or_container_is_one_client_whatever_its_ports() {
        assertThat(key("172.17.0.2", 1_000)).isEqualTo(key("172.17.0.2", 2_000));
        assertThat(key("2001:db8::2", 1_000)).isEqualTo(key("2001:db8::2", 2_000));
    }

    @Test
    void two_hosts_are_two_clients() {
        assertThat(key("172.17.0.2", 1_000)).isNotEqualTo(key("172.17.0.3", 1_000));
    }

    @Test
    void all_addresses_of_an_ipv6_network_are_one_client() {
        assertThat(key("2001:db8::1", 1)).isEqualTo(key("2001:db8::ffff:1", 2));
        assertThat(key("2001:db8::1", 1)).isNotEqualTo(key("2001:db8:0:1::1", 1));
    }

    @Test
    void a_program_of_this_host_is_known_by_its_socket() {
        assertThat(key("127.0.0.1", 1_000)).isEqualTo(key("127.0.0.1", 1_000));
        assertThat(key("127.0.0.1", 1_000)).isNotEqualTo(key("127.0.0.1", 2_000));
        assertThat(key("127.0.0.1", 1_000)).isNotEqualTo(key("127.0.0.2", 1_000));
        assertThat(key("::1", 1_000)).isNotEqualTo(key("::1", 2_000));
    }

    @Test
    void nobody_is_taken_for_somebody_of_the_other_family() {
        List<ClientKey> keys = Stream.of(
                        "127.0.0.1", "10.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1", "2000::1")
                .map(address -> key(address, 53))
                .toList();
        assertThat(keys).doesNotHaveDuplicates();
    }
}
