package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class BailiwickTest {
    private static final DomainName CONSUL = DomainName.of("consul");

    @Test
    void what_was_asked_for_is_held_in_any_case() {
        assertThat(holds(asked().answer("WWW.Example.com. 60 IN A 192.0.2.1"))).isTrue();
    }

    @Test
    void an_answer_of_nothing_is_held() {
        assertThat(holds(asked())).isTrue();
    }

    @Test
    void aliases_are_followed_in_whatever_order_they_stand() {
        assertThat(holds(asked().answer(
                                "c.example. 60 IN A 192.0.2.1",
                                "b.example. 60 IN CNAME c.example.",
                                "www.example.com. 60 IN CNAME b.example.")))
                .isTrue();
    }

    @Test
    void aliases_in_a_circle_end() {
        assertThat(holds(asked().answer(
                                "www.example.com. 60 IN CNAME b.example.", "b.example. 60 IN CNAME www.example.com.")))
                .isTrue();
    }

    @Test
    void a_redirection_above_the_name_is_held_with_the_alias_it_makes() {
        assertThat(holds(asked().answer(
                                "example.com. 60 IN DNAME example.net.",
                                "www.example.com. 60 IN CNAME www.example.net.",
                                "www.example.net. 60 IN A 192.0.2.1")))
                .isTrue();
    }

    @Test
    void a_redirection_of_other_names_is_not_held() {
        assertThat(holds(asked().answer("example.org. 60 IN DNAME example.net.")))
                .isFalse();
    }

    @Test
    void other_names_are_not_held() {
        assertThat(holds(asked().answer("bank.example. 60 IN A 192.0.2.66"))).isFalse();
    }

    @Test
    void the_name_below_or_above_is_another() {
        assertThat(holds(asked().answer("example.com. 60 IN A 192.0.2.66"))).isFalse();
        assertThat(holds(asked().answer("a.www.example.com. 60 IN A 192.0.2.66")))
                .isFalse();
    }

    @Test
    void an_agents_answer_loses_strangers_and_keeps_the_rest() throws Exception {
        InstanceSet set = consul(Reply.to("db.service.consul.", Type.SRV)
                .answer(
                        "db.service.consul. 0 IN SRV 1 1 5432 n1.node.dc1.consul.",
                        "db.service.consul. 0 IN SRV 1 1 5432 db.example.",
                        "bank.example. 0 IN SRV 1 1 443 www.bank.example.")
                .additional(
                        "n1.node.dc1.consul. 0 IN A 10.0.0.1",
                        "n1.node.dc1.consul. 0 IN TXT \"rack=1\"",
                        "db.example. 0 IN CNAME db2.example.",
                        "db2.example. 0 IN A 192.0.2.1",
                        "bank.example. 0 IN A 192.0.2.66"));

        assertThat(set.instances()).isEqualTo(2);
        assertThat(set.extras())
                .as("the text record, and what the alias leads to")
                .isEqualTo(3);
    }

    @Test
    void a_TTL_of_a_stranger_does_not_count() throws Exception {
        InstanceSet set = consul(Reply.to("db.service.consul.", Type.A)
                .answer("db.service.consul. 60 IN A 10.0.0.1", "bank.example. 5 IN A 192.0.2.66"));

        assertThat(set.ttl()).isEqualTo(60);
    }

    @Test
    void an_agents_answer_of_strangers_alone_is_none() {
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(
                        () -> consul(Reply.to("db.service.consul.", Type.A).answer("bank.example. 0 IN A 192.0.2.66")));
    }

    private static Reply asked() {
        return Reply.to("www.example.com.", Type.A);
    }

    private static boolean holds(Reply reply) {
        return Bailiwick.holdsAnswersOf(reply.wire());
    }

    private static InstanceSet consul(Reply reply) throws MalformedMessageException {
        return InstanceSet.of(reply.wire(), false, true, Set.of(CONSUL));
    }
}
