package io.github.consulresolver.server.recursors;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.server.config.IpLiteral;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecursorDiscoveryTest {

    private static final String RESOLV_CONF = "etc/resolv.conf";
    private static final String RESOLVED = "run/systemd/resolve/resolv.conf";
    private static final String NETWORK_MANAGER = "run/NetworkManager/no-stub-resolv.conf";

    @TempDir
    Path root;

    @Test
    void the_servers_of_resolv_conf_are_taken_in_their_order() throws IOException {
        write(RESOLV_CONF, "nameserver 10.0.0.3\nnameserver 10.0.0.2\n");

        assertThat(discover()).hasToString("10.0.0.3:53, 10.0.0.2:53 (from /etc/resolv.conf)");
    }

    @Test
    void this_server_is_left_out() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.1\nnameserver ::1\nnameserver 10.0.0.2\n");

        assertThat(discover()).hasToString("10.0.0.2:53 (from /etc/resolv.conf)");
    }

    @Test
    void another_server_on_loopback_is_taken() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.1\n");

        assertThat(discover("127.0.0.1", 8053)).hasToString("127.0.0.1:53 (from /etc/resolv.conf)");
    }

    @Test
    void behind_a_wildcard_every_address_of_this_host_is_ours() throws IOException {
        write(RESOLV_CONF, "nameserver 192.0.2.7\nnameserver 127.0.0.9\nnameserver 10.0.0.2\n");

        assertThat(discover("0.0.0.0", 53)).hasToString("10.0.0.2:53 (from /etc/resolv.conf)");
    }

    @Test
    void an_address_of_this_host_where_we_do_not_listen_is_somebody_else() throws IOException {
        write(RESOLV_CONF, "nameserver 192.0.2.7\n");

        assertThat(discover()).hasToString("192.0.2.7:53 (from /etc/resolv.conf)");
    }

    @Test
    void the_unspecified_address_means_loopback_and_so_us() throws IOException {
        write(RESOLV_CONF, "nameserver 0.0.0.0\nnameserver 10.0.0.2\n");

        assertThat(discover()).hasToString("10.0.0.2:53 (from /etc/resolv.conf)");
    }

    @Test
    void systemd_resolveds_servers_are_asked_directly_instead_of_its_stub() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.com\n");
        write(RESOLVED, "nameserver 10.0.0.2\nnameserver 10.0.0.3\n");

        assertThat(discover()).hasToString("10.0.0.2:53, 10.0.0.3:53 (from /run/systemd/resolve/resolv.conf)");
    }

    @Test
    void a_stub_beside_other_servers_keeps_its_place() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.54\nnameserver 10.0.0.9\n");
        write(RESOLVED, "nameserver 10.0.0.2\n");

        assertThat(discover())
                .hasToString("10.0.0.2:53, 10.0.0.9:53 (from /etc/resolv.conf and /run/systemd/resolve/resolv.conf)");
    }

    @Test
    void a_stub_that_forwards_to_us_is_left_out() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.53\n");
        write(RESOLVED, "nameserver 127.0.0.1\n");

        assertThat(discover().addresses()).isEmpty();
    }

    @Test
    void a_stub_that_forwards_to_us_and_others_gives_the_others() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.53\n");
        write(RESOLVED, "nameserver 127.0.0.1\nnameserver 10.0.0.2\n");

        assertThat(discover()).hasToString("10.0.0.2:53 (from /run/systemd/resolve/resolv.conf)");
    }

    @Test
    void a_stub_that_names_nobody_behind_it_is_asked_itself() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.53\n");
        write(RESOLVED, "# No DNS servers known.\n");

        assertThat(discover()).hasToString("127.0.0.53:53 (from /etc/resolv.conf)");
    }

    @Test
    void when_resolv_conf_names_only_us_systemd_resolveds_list_is_taken() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.1\n");
        write(RESOLVED, "nameserver 10.0.0.2\n");

        assertThat(discover()).hasToString("10.0.0.2:53 (from /run/systemd/resolve/resolv.conf)");
    }

    @Test
    void then_network_managers() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.1\n");
        write(RESOLVED, "nameserver 127.0.0.1\n");
        write(NETWORK_MANAGER, "nameserver 10.0.0.4\n");

        assertThat(discover()).hasToString("10.0.0.4:53 (from /run/NetworkManager/no-stub-resolv.conf)");
    }

    @Test
    void also_in_its_other_places() throws IOException {
        write("run/NetworkManager/resolv.conf", "nameserver 127.0.0.1\n");
        write("var/run/NetworkManager/no-stub-resolv.conf", "nameserver 10.0.0.5\n");

        assertThat(discover()).hasToString("10.0.0.5:53 (from /var/run/NetworkManager/no-stub-resolv.conf)");
    }

    @Test
    void then_the_last_good_list() throws IOException {
        write(RESOLV_CONF, "nameserver 127.0.0.1\n");
        write("state/recursors", "10.0.0.6:53\n");

        assertThat(discover()).hasToString("10.0.0.6:53 (from " + root.resolve("state/recursors") + ", found earlier)");
    }

    @Test
    void which_may_name_us_as_well() throws IOException {
        write("state/recursors", "127.0.0.1:53\n10.0.0.6:53\n127.0.0.53:53\n");
        write(RESOLVED, "nameserver 127.0.0.1\n");

        assertThat(discover().addresses()).containsExactly(new InetSocketAddress("10.0.0.6", 53));
    }

    @Test
    void with_none_to_find_none_is_invented() {
        assertThat(discover()).hasToString("none");
    }

    private Recursors discover() {
        return discover("127.0.0.1", 53);
    }

    private Recursors discover(String listen, int port) {
        OwnAddresses own = new OwnAddresses(
                Set.of(new InetSocketAddress(ip(listen), port), new InetSocketAddress(ip("::1"), port)),
                Set.of(ip("192.0.2.7"), ip("127.0.0.1")));
        return new RecursorDiscovery(root, own, new LastGoodList(root.resolve("state"))).discover();
    }

    private static InetAddress ip(String literal) {
        return IpLiteral.parse(literal).orElseThrow();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, List.of(text));
    }
}
