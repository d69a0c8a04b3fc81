package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

class DomainNameTest {
    private static final String LABEL_63 = "a".repeat(63);
    /** Three labels of 63 bytes and one of 61: 255 bytes in wire form. */
    private static final String LONGEST = (LABEL_63 + ".").repeat(3) + "b".repeat(61) + ".";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "consul.",
                "orders.service.consul.",
                "a\\.b.consul.",
                "back\\\\slash.",
                "bell\\007.",
                "sp\\032ace.",
                "high\\255.",
                "quo\\\"te\\;.",
                "_db._tcp.service.consul.",
            })
    void a_name_has_the_wire_form_that_dnsjava_gives_it(String text) throws Exception {
        assertThat(DomainName.read(text)).isEqualTo(Name.fromString(text).toWire());
        assertThat(DomainName.of(text)).hasToString(text);
    }

    @Test
    void the_last_dot_may_be_left_out() {
        assertThat(DomainName.of("orders.service.consul")).isEqualTo(DomainName.of("orders.service.consul."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "."})
    void the_root_is_a_dot_or_nothing(String text) {
        assertThat(DomainName.of(text)).isEqualTo(DomainName.ROOT).hasToString(".");
        assertThat(DomainName.of(text).length()).isEqualTo(1);
        assertThat(DomainName.of(text).labels()).isZero();
    }

    @Test
    void case_does_not_count() {
        assertThat(DomainName.of("Orders.Service.CONSUL"))
                .isEqualTo(DomainName.of("orders.service.consul"))
                .hasSameHashCodeAs(DomainName.of("orders.service.consul"))
                .hasToString("orders.service.consul.");
    }

    @Test
    void letters_outside_ascii_have_no_case() {
        assertThat(DomainName.of("\\192.consul")).isNotEqualTo(DomainName.of("\\224.consul"));
        assertThat(DomainName.of("[.consul")).isNotEqualTo(DomainName.of("{.consul"));
    }

    @Test
    void an_escaped_dot_divides_nothing() {
        assertThat(DomainName.of("a\\.b.consul").labels()).isEqualTo(2);
    }

    @Test
    void text_outside_ascii_is_utf_8() {
        assertThat(DomainName.of("ü")).hasToString("\\195\\188.");
    }

    @Test
    void names_of_255_bytes_are_the_longest() {
        assertThat(DomainName.of(LONGEST).length()).isEqualTo(255);
        assertThat(DomainName.of(LONGEST).labels()).isEqualTo(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DomainName.of((LABEL_63 + ".").repeat(3) + "b".repeat(62)))
                .withMessageContaining("256 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a..b | empty label",
                ".a | empty label",
                ".. | empty label",
                "a.b\\ | ends in a backslash",
                "\\256 | no byte",
                "\\999.a | no byte",
            })
    void what_dns_cannot_carry_is_refused_with_the_reason(String text, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DomainName.of(text))
                .withMessageContaining(reason);
    }

    @Test
    void labels_of_63_bytes_are_the_longest() {
        assertThat(DomainName.of(LABEL_63).labels()).isEqualTo(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DomainName.of(LABEL_63 + "a.consul"))
                .withMessageContaining("64 bytes, 63 are allowed");
    }

    @Test
    void a_zone_holds_itself_and_what_lies_below_it() {
        DomainName zone = DomainName.of("consul");

        assertThat(holds(zone, "consul")).isTrue();
        assertThat(holds(zone, "orders.service.CONSUL")).isTrue();
        assertThat(holds(zone, "notconsul")).isFalse();
        assertThat(holds(zone, "consul.example")).isFalse();
        assertThat(holds(zone, ".")).isFalse();
        assertThat(holds(DomainName.ROOT, "anything.at.all")).isTrue();
        assertThat(holds(DomainName.ROOT, ".")).isTrue();
    }

    @Test
    void the_end_of_a_label_is_no_suffix_even_when_its_bytes_look_like_one() {
        assertThat(holds(DomainName.of("consul"), "x\\006consul")).isFalse();
    }

    private static boolean holds(DomainName zone, String name) {
        byte[] wire = DomainName.read(name);
        ByteBuffer buffer = ByteBuffer.allocateDirect(wire.length + 3).put(3, wire);
        return zone.isSuffixOf(buffer, 3, wire.length);
    }

    @Test
    void measuring_stops_at_the_limit_a_pointer_or_255_bytes() {
        byte[] longest = DomainName.read(LONGEST);

        assertThat(measure(longest, longest.length)).isEqualTo(255);
        assertThat(measure(longest, 254)).isEqualTo(-1);
        assertThat(measure(new Wire().u8(1, 'x').name(LONGEST).bytes(), 257)).isEqualTo(-1);
        assertThat(measure(new Wire().u8(1, 'a').pointer(0).bytes(), 4)).isEqualTo(-1);
        assertThat(measure(new Wire().u8(0x41, 'a', 0).bytes(), 3)).isEqualTo(-1);
        assertThat(measure(new byte[] {5, 'a'}, 2)).isEqualTo(-1);
        assertThat(measure(new byte[0], 0)).isEqualTo(-1);
    }

    private static int measure(byte[] bytes, int limit) {
        return DomainName.measure(ByteBuffer.wrap(bytes), 0, limit);
    }
}
