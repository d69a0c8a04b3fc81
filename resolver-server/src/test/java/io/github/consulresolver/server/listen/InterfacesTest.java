package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InterfacesTest {
    @ParameterizedTest
    @CsvSource({
        "172.17.0.1, 16, 172.17.255.254, true",
        "172.17.0.1, 16, 172.18.0.1,     false",
        "10.1.2.3,   20, 10.1.15.255,    true",
        "10.1.2.3,   20, 10.1.16.0,      false",
        "10.1.2.3,   32, 10.1.2.3,       true",
        "10.1.2.3,   32, 10.1.2.2,       false",
        "10.1.2.3,   31, 10.1.2.2,       true",
        "10.1.2.3,   1,  127.0.0.1,      true",
        "10.1.2.3,   1,  128.0.0.1,      false",
        "fd00::1,    64, fd00::ffff:1,   true",
        "fd00::1,    64, fd00:0:0:1::1,  false",
        "fd00::1,    65, fd00::8000:0:0:1, false",
        "fd00::1,    64, 10.1.2.3,       false",
        "10.1.2.3,   8,  fd00::1,        false",
    })
    void a_subnet_is_what_shares_the_first_bits(String own, int prefix, String other, boolean isInside)
            throws UnknownHostException {
        assertThat(interfaces(own, prefix).isInSubnetOf(address(own), address(other)))
                .isEqualTo(isInside);
    }

    @Test
    void without_a_subnet_nobody_is_in_it() throws UnknownHostException {
        assertThat(interfaces("10.1.2.3", 0).isInSubnetOf(address("10.1.2.3"), address("203.0.113.9")))
                .isFalse();
    }

    @Test
    void an_address_that_the_host_lost_has_no_subnet() throws UnknownHostException {
        assertThat(interfaces("10.1.2.3", 8).isInSubnetOf(address("10.9.9.9"), address("10.9.9.8")))
                .isFalse();
    }

    @Test
    void a_wildcard_stands_for_the_addresses_of_its_family() throws UnknownHostException {
        Map<InetAddress, Integer> prefixes = new LinkedHashMap<>();
        prefixes.put(address("127.0.0.1"), 8);
        prefixes.put(address("::1"), 128);
        prefixes.put(address("10.1.2.3"), 24);
        Interfaces interfaces = new Interfaces(prefixes);

        assertThat(interfaces.behind(address("0.0.0.0"))).containsExactly(address("127.0.0.1"), address("10.1.2.3"));
        assertThat(interfaces.behind(address("::"))).containsExactly(address("::1"));
    }

    @Test
    void every_address_of_this_host_is_known() throws SocketException {
        Interfaces now = Interfaces.now();
        NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .forEach(address ->
                        assertThat(now.has(address)).as("%s", address).isTrue());
    }

    @Test
    void this_host_may_ask_and_strangers_may_not() throws SocketException, UnknownHostException {
        try (LocalClients clients = new LocalClients()) {
            AccessRule rule = clients.of(address("127.0.0.1"));
            assertThat(rule.allows(address("127.0.0.1"))).isTrue();
            assertThat(rule.allows(address("127.8.8.8"))).isTrue();
            assertThat(rule.allows(address("::1"))).isTrue();
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .forEach(own -> assertThat(rule.allows(own)).as("%s", own).isTrue());
            // For documentation, and so nobody's (RFC 5737, RFC 3849).
            assertThat(rule.allows(address("203.0.113.9"))).isFalse();
            assertThat(rule.allows(address("2001:db8::1"))).isFalse();
        }
    }

    private static Interfaces interfaces(String own, int prefix) throws UnknownHostException {
        return new Interfaces(Map.of(address(own), prefix));
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }
}
