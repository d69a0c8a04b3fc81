package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceNameTest {

    @Test
    void a_service_is_an_absolute_name_below_the_domain() {
        assertThat(ServiceName.of("orders").toDnsName("consul")).isEqualTo("orders.service.consul.");
        assertThat(ServiceName.of("orders").toDnsName("example.org.")).isEqualTo("orders.service.example.org.");
    }

    @Test
    void a_tag_stands_before_the_service_and_a_datacenter_behind_it() {
        ServiceName name = ServiceName.of("db").tag("primary").datacenter("dc2");

        assertThat(name.toDnsName("consul")).isEqualTo("primary.db.service.dc2.consul.");
        assertThat(name.service()).isEqualTo("db");
        assertThat(name.tag()).contains("primary");
        assertThat(name.datacenter()).contains("dc2");
    }

    @Test
    void a_tag_may_have_dots() {
        assertThat(ServiceName.of("web").tag("v1.2").toDnsName("consul")).isEqualTo("v1.2.web.service.consul.");
    }

    @Test
    void a_name_is_not_changed_by_what_is_made_from_it() {
        ServiceName all = ServiceName.of("web");

        assertThat(all.tag("v1")).isNotEqualTo(all);
        assertThat(all.tag()).isEmpty();
        assertThat(all.datacenter()).isEmpty();
    }

    @Test
    void case_does_not_count() {
        assertThat(ServiceName.of("Orders").tag("V1").datacenter("DC1"))
                .isEqualTo(ServiceName.of("orders").tag("v1").datacenter("dc1"))
                .hasSameHashCodeAs(ServiceName.of("orders").tag("v1").datacenter("dc1"));
    }

    @Test
    void a_dot_in_a_service_or_datacenter_is_rejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("orders.v1"))
                .withMessageContaining("\"orders.v1\"")
                .withMessageContaining("dot");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("orders").datacenter("eu.west"))
                .withMessageContaining("\"eu.west\"");
    }

    @Test
    void a_label_has_63_bytes_at_most() {
        assertThat(ServiceName.of("a".repeat(63)).service()).hasSize(63);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("a".repeat(64)))
                .withMessageContaining("64 bytes")
                .withMessageContaining("63");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("web").tag("v1." + "a".repeat(64)))
                .withMessageContaining("64 bytes");
    }

    @Test
    void a_name_that_is_longer_than_dns_carries_is_rejected() {
        String label = "a".repeat(63);
        ServiceName name = ServiceName.of(label).tag(label + "." + label).datacenter(label);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> name.toDnsName("consul"))
                .withMessageContaining("255");
    }

    @Test
    void nothing_is_no_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of(""))
                .withMessageContaining("empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("web").tag("v1..2"))
                .withMessageContaining("\"v1..2\"")
                .withMessageContaining("empty");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> ServiceName.of(null))
                .withMessageContaining("service");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a'b", "a\"b", "a;b", "a(b", "a)b", "a@b", "a\\b", "größe"})
    void a_character_that_consul_never_finds_is_rejected(String service) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of(service))
                .withMessageContaining("\"" + service + "\"");
    }

    @Test
    void a_datacenter_that_would_change_the_kind_of_the_name_is_rejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("web").datacenter("Node"))
                .withMessageContaining("kind");
    }

    @Test
    void what_consul_would_read_as_an_rfc_2782_name_is_rejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("_web").tag("_v1"))
                .withMessageContaining("RFC 2782");
        assertThat(ServiceName.of("_web").tag("v1").toDnsName("consul")).isEqualTo("v1._web.service.consul.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\tb", "a\nb", "\u0000", "a\u007f"})
    void a_control_character_is_rejected_and_does_not_get_into_a_log(String service) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of(service))
                .withMessageContaining("\\u00")
                .satisfies(refused -> assertThat(refused.getMessage().chars()).noneMatch(Character::isISOControl));
    }

    @Test
    void a_service_of_a_peer_stands_before_the_peer() {
        ServiceName name = ServiceName.of("db").tag("primary").peer("partner");

        assertThat(name.toDnsName("consul")).isEqualTo("primary.db.service.partner.peer.consul.");
        assertThat(name.peer()).contains("partner");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> name.datacenter("dc2"))
                .withMessageContaining("\"dc2\"")
                .withMessageContaining("\"partner\"");
    }

    @Test
    void a_prepared_query_may_have_dots_and_a_datacenter_but_no_tag() {
        assertThat(ServiceName.query("Nearest.Orders").datacenter("dc2").toDnsName("consul"))
                .isEqualTo("nearest.orders.query.dc2.consul.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.query("orders").tag("v1"))
                .withMessageContaining("\"v1\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.query("orders").peer("partner"))
                .withMessageContaining("\"partner\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.query("_orders._tcp"))
                .withMessageContaining("RFC 2782");
    }

    @Test
    void the_mesh_is_asked_by_names_of_its_own() {
        assertThat(ServiceName.connect("orders").datacenter("dc2").toDnsName("consul"))
                .isEqualTo("orders.connect.dc2.consul.");
        assertThat(ServiceName.ingress("orders").toDnsName("consul")).isEqualTo("orders.ingress.consul.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.connect("orders").tag("v1"))
                .withMessageContaining("\"v1\"")
                .withMessageContaining("connect");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.ingress("orders").peer("partner"))
                .withMessageContaining("\"partner\"");
    }

    @Test
    void a_service_can_be_asked_for_in_the_form_of_rfc_2782() {
        assertThat(ServiceName.of("orders").rfc2782().toDnsName("consul")).isEqualTo("_orders._tcp.service.consul.");
        assertThat(ServiceName.of("orders")
                        .rfc2782()
                        .tag("v1")
                        .datacenter("dc2")
                        .toDnsName("consul"))
                .isEqualTo("_orders._v1.service.dc2.consul.");
        assertThat(ServiceName.of("orders").rfc2782()).isNotEqualTo(ServiceName.of("orders"));
    }

    @Test
    void what_the_form_of_rfc_2782_has_no_room_for_is_rejected() {
        ServiceName orders = ServiceName.of("orders").rfc2782();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> orders.tag("v1.2"))
                .withMessageContaining("\"v1.2\"");
        assertThatIllegalArgumentException().isThrownBy(() -> orders.tag("tcp")).withMessageContaining("\"tcp\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("a".repeat(63)).rfc2782())
                .withMessageContaining("64 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.query("orders").rfc2782())
                .withMessageContaining("\"orders\"");
    }

    @Test
    void a_full_name_is_asked_for_as_it_is_in_whatever_domain() {
        ServiceName name = ServiceName.fqdn("_LDAP._tcp.example.org");

        assertThat(name.toDnsName("consul")).isEqualTo("_ldap._tcp.example.org.");
        assertThat(name.service()).isEqualTo("_ldap._tcp.example.org");
        assertThat(name).isEqualTo(ServiceName.fqdn("_ldap._tcp.example.org."));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> name.datacenter("dc2"))
                .withMessageContaining("\"dc2\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a..b", ".a", "a b.example.org"})
    void what_is_no_full_name_is_rejected(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.fqdn(name))
                .withMessageContaining("name \"");
    }

    @Test
    void a_full_name_longer_than_dns_carries_is_rejected() {
        String label = "a".repeat(63) + ".";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.fqdn(label.repeat(4)))
                .withMessageContaining("255");
    }

    @ParameterizedTest
    @ValueSource(strings = {"node", "SERVICE", "query", "addr", "virtual", "_dc"})
    void a_datacenter_or_peer_that_consul_would_read_as_something_else_is_rejected(String place) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("web").datacenter(place))
                .withMessageContaining("\"" + place + "\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServiceName.of("web").peer(place))
                .withMessageContaining("\"" + place + "\"");
    }
}
