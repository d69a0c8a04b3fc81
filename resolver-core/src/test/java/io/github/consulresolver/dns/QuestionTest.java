package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class QuestionTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);

    @Test
    void questions_that_differ_in_case_are_one() {
        Question shouted = Question.of("ORDERS.Service.conSUL.", Type.A);

        assertThat(shouted).isEqualTo(ORDERS).hasSameHashCodeAs(ORDERS);
        assertThat(shouted.name()).isEqualTo("orders.service.consul.");
    }

    @Test
    void questions_that_differ_in_name_or_type_are_two() {
        assertThat(Question.of("orders.service.consul", Type.AAAA)).isNotEqualTo(ORDERS);
        assertThat(Question.of("order.service.consul", Type.A)).isNotEqualTo(ORDERS);
    }

    @Test
    void questions_that_differ_in_DO_or_CD_are_two() {
        assertThat(inMessage("orders.service.consul", Type.A, Question.DNSSEC_OK))
                .isNotEqualTo(ORDERS);
        assertThat(inMessage("orders.service.consul", Type.A, Question.CHECKING_DISABLED))
                .isNotEqualTo(ORDERS);
    }

    /** 65 (HTTPS) is the letter A, and 97 is a. */
    @Test
    void questions_from_two_networks_are_two_and_neither_is_everybodys() {
        Question here = ORDERS.inSubnet(new byte[] {0, 1, 24, 0, 10, 0, 0});
        Question there = ORDERS.inSubnet(new byte[] {0, 1, 24, 0, 10, 0, 1});

        assertThat(here).isNotEqualTo(there).isNotEqualTo(ORDERS);
        assertThat(here).isEqualTo(ORDERS.inSubnet(here.subnet())).hasSameHashCodeAs(ORDERS.inSubnet(here.subnet()));
        assertThat(here.withoutSubnet()).isEqualTo(ORDERS).hasSameHashCodeAs(ORDERS);
    }

    @Test
    void a_question_of_one_network_matches_no_question_in_a_message() {
        byte[] wire = ORDERS.toWire();
        Question here = ORDERS.inSubnet(new byte[] {0, 1, 24, 0, 10, 0, 0});

        assertThat(here.matches(ByteBuffer.wrap(wire), 0, wire.length, 0)).isFalse();
    }

    @Test
    void types_have_no_case() {
        Question https = Question.of("a.example", 65);
        Question other = Question.of("a.example", 97);
        ByteBuffer wire = wire("a.example", 97);

        assertThat(https).isNotEqualTo(other);
        assertThat(https.matches(wire, 0, wire.capacity(), 0)).isFalse();
        assertThat(Question.copyOf(wire("a.example", 65), 0, wire.capacity(), 0).type())
                .isEqualTo(65);
    }

    @Test
    void a_question_in_a_message_matches_and_hashes_as_the_object_does() {
        byte[] wire = new Wire().question("Orders.SERVICE.Consul", Type.A).bytes();
        ByteBuffer message = ByteBuffer.allocateDirect(100).put(12, wire);
        int length = wire.length;

        assertThat(Question.hash(message, 12, length, 0)).isEqualTo(ORDERS.hashCode());
        assertThat(ORDERS.matches(message, 12, length, 0)).isTrue();
        assertThat(ORDERS.matches(message, 12, length, Question.DNSSEC_OK)).isFalse();
        assertThat(ORDERS.matches(message, 12, length - 1, 0)).isFalse();
        assertThat(Question.copyOf(message, 12, length, 0)).isEqualTo(ORDERS);
    }

    /** A table uses the lowest bits of a hash. */
    @Test
    void the_types_of_one_name_are_spread_over_a_table() {
        long places = IntStream.range(0, 1_000)
                .map(type -> Question.of("orders.service.consul", type).hashCode() & 0xffff)
                .distinct()
                .count();

        assertThat(places).isGreaterThan(900);
    }

    /** By the highest bit of eight bytes and one of the next eight: with a plain product every key would give these one hash. */
    @Test
    void a_bit_that_changes_in_a_name_cannot_be_made_up_for_by_another() {
        byte[] name = Question.of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.consul", Type.A)
                .toWire();
        byte[] other = name.clone();
        other[8] ^= (byte) 0x80;
        other[16] ^= (byte) 0x80;
        other[20] ^= (byte) 0x80;

        assertThat(Question.hash(ByteBuffer.wrap(name), 0, name.length, 0))
                .isNotEqualTo(Question.hash(ByteBuffer.wrap(other), 0, other.length, 0));
    }

    @Test
    void a_question_of_another_name_of_the_same_length_does_not_match() {
        ByteBuffer wire = wire("orderz.service.consul", Type.A);

        assertThat(ORDERS.matches(wire, 0, wire.capacity(), 0)).isFalse();
    }

    @Test
    void the_copy_given_away_changes_nothing() {
        ORDERS.toWire()[1] = 'x';

        assertThat(ORDERS.name()).isEqualTo("orders.service.consul.");
    }

    @Test
    void the_largest_type_is_65535() {
        assertThat(Question.of("a.example", 65_535).type()).isEqualTo(65_535);
    }

    private static ByteBuffer wire(String name, int type) {
        return ByteBuffer.wrap(new Wire().question(name, type).bytes());
    }

    private static Question inMessage(String name, int type, int flags) {
        ByteBuffer wire = wire(name, type);
        return Question.copyOf(wire, 0, wire.capacity(), flags);
    }
}
