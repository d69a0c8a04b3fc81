package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names are read as Consul reads them. */
class ServiceNameParsingTest {
    private static final int NAMES = 20_000;

    @Test
    void the_label_before_the_kind_is_the_service_and_those_before_it_are_one_tag() {
        assertThat(ServiceName.parse("db-0.primary.orders.service.dc2.consul"))
                .isEqualTo(ServiceName.of("orders").tag("db-0.primary").datacenter("dc2"));
    }

    @Test
    void case_and_the_last_dot_do_not_count() {
        assertThat(ServiceName.parse("Orders.SERVICE.Consul.")).isEqualTo(ServiceName.of("orders"));
    }

    @Test
    void the_domain_may_have_several_labels() {
        assertThat(ServiceName.parse("orders.service.example.org.", "example.org"))
                .isEqualTo(ServiceName.of("orders"));
        assertThat(ServiceName.parse("orders.service.consul", "CONSUL.")).isEqualTo(ServiceName.of("orders"));
    }

    @Test
    void a_datacenter_may_be_followed_by_what_it_is() {
        assertThat(ServiceName.parse("orders.service.dc2.dc.consul"))
                .isEqualTo(ServiceName.of("orders").datacenter("dc2"));
    }

    @Test
    void a_peer_is_followed_by_what_it_is() {
        assertThat(ServiceName.parse("v1.orders.service.partner.peer.consul"))
                .isEqualTo(ServiceName.of("orders").tag("v1").peer("partner"));
    }

    @Test
    void a_service_may_be_called_as_a_kind_is() {
        assertThat(ServiceName.parse("query.service.consul")).isEqualTo(ServiceName.of("query"));
        assertThat(ServiceName.parse("service.service.consul")).isEqualTo(ServiceName.of("service"));
        assertThat(ServiceName.parse("web.service.query.consul")).isEqualTo(ServiceName.query("web.service"));
    }

    @Test
    void the_form_of_rfc_2782_is_read_with_and_without_its_kind() {
        ServiceName all = ServiceName.of("orders").rfc2782();

        assertThat(ServiceName.parse("_orders._tcp.service.consul")).isEqualTo(all);
        assertThat(ServiceName.parse("_orders._tcp.consul")).isEqualTo(all);
        assertThat(ServiceName.parse("_orders._v1.dc2.consul"))
                .isEqualTo(all.tag("v1").datacenter("dc2"));
    }

    @Test
    void a_lone_label_with_an_underscore_is_a_service_called_so() {
        assertThat(ServiceName.parse("_web.service.consul")).isEqualTo(ServiceName.of("_web"));
    }

    @Test
    void queries_and_the_mesh_are_read() {
        assertThat(ServiceName.parse("nearest.orders.query.dc2.consul"))
                .isEqualTo(ServiceName.query("nearest.orders").datacenter("dc2"));
        assertThat(ServiceName.parse("orders.connect.consul")).isEqualTo(ServiceName.connect("orders"));
        assertThat(ServiceName.parse("orders.ingress.dc2.consul"))
                .isEqualTo(ServiceName.ingress("orders").datacenter("dc2"));
    }

    @ParameterizedTest
    @CsvSource({
        "orders.service.example.org, does not end in \"consul\"",
        "orders, does not end in \"consul\"",
        "consul, does not end in \"consul\"",
        "orders.serviceconsul, does not end in \"consul\"",
        "orders.consul, no label",
        "service.consul, nothing stands before",
        "node-1.node.consul, \"node\"",
        "orders.virtual.consul, \"virtual\"",
        "7f000001.addr.consul, \"addr\"",
        "orders.service.a.b.consul, \"a.b\"",
        "orders.service.ns1.ns.consul, \"ns1.ns\"",
        "orders.query.dc2.dc.consul, \"dc2.dc\"",
        "v1.orders.connect.consul, \"v1\"",
        "orders.connect.partner.peer.consul, \"partner\"",
        "a..service.consul, empty label",
        "a\\.b.service.consul, '\\'"
    })
    void what_is_no_name_of_instances_is_rejected_with_the_reason(String name, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.parse(name))
                .withMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "\n.service.consul"})
    void nonsense_is_rejected(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> ServiceName.parse(name));
    }

    @Test
    void nothing_is_no_name() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> ServiceName.parse(null))
                .withMessageContaining("dnsName");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> ServiceName.parse("orders.service.consul", null))
                .withMessageContaining("domain");
    }

    @Test
    void every_name_is_read_from_dns_as_it_was_written() {
        RandomGenerator random = new SplittableRandom(1035);
        int carried = 0;
        for (int i = 0; i < NAMES; i++) {
            ServiceName name;
            String dnsName;
            String domain = random.nextBoolean() ? "consul" : "service.example.org";
            try {
                name = any(random);
                dnsName = name.toDnsName(domain);
            } catch (IllegalArgumentException refused) {
                continue;
            }
            carried++;
            assertThat(ServiceName.parse(dnsName, domain)).isEqualTo(name).hasSameHashCodeAs(name);
            assertThat(ServiceName.parse(dnsName, domain).toDnsName(domain)).isEqualTo(dnsName);
        }
        assertThat(carried).isGreaterThan(NAMES / 4);
    }

    /** A name of any kind, or an exception where it would be none. */
    private static ServiceName any(RandomGenerator random) {
        ServiceName name = switch (random.nextInt(6)) {
            case 0 -> ServiceName.connect(label(random));
            case 1 -> ServiceName.ingress(label(random));
            case 2 -> ServiceName.query(labels(random));
            default -> ServiceName.of(label(random));
        };
        if (random.nextInt(3) == 0) {
            name = name.tag(labels(random));
        }
        switch (random.nextInt(3)) {
            case 0 -> name = name.datacenter(label(random));
            case 1 -> name = name.peer(label(random));
            default -> {}
        }
        return random.nextInt(4) == 0 ? name.rfc2782() : name;
    }

    private static String labels(RandomGenerator random) {
        return IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> label(random))
                .collect(Collectors.joining("."));
    }

    /** What could be mistaken for something else, or any characters. */
    private static String label(RandomGenerator random) {
        List<String> traps =
                List.of("service", "query", "node", "peer", "dc", "tcp", "_tcp", "_web", "consul", "-", "$");
        return random.nextInt(3) == 0
                ? traps.get(random.nextInt(traps.size()))
                : random.ints(1 + random.nextInt(63), '!', '~' + 1)
                        .map(c -> "\"\\'();@.".indexOf(c) >= 0 ? '_' : c)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining());
    }
}
