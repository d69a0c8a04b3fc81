package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.Upstream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

class ZonesTest {
    private static final Upstream NOBODY = question -> new CompletableFuture<>();
    private static final Zone ROOT = Zone.recursive(DomainName.ROOT, NOBODY, 86_400);

    @ParameterizedTest
    @CsvSource({
        "orders.service.consul, consul.",
        "ORDERS.SERVICE.CONSUL, consul.",
        "consul, consul.",
        "orders.service.test.consul, test.consul.",
        "test.consul, test.consul.",
        "mytest.consul, consul.",
        "notconsul, .",
        "consul.example.com, .",
        "., .",
    })
    void a_name_belongs_to_the_zone_with_the_longest_suffix(String name, String suffix) {
        Zones zones = new Zones(List.of(consul("consul"), ROOT, consul("test.consul")));

        assertThat(zones.all().get(zones.find(Question.of(name, Type.A))).suffix())
                .hasToString(suffix);
    }

    /** Names under a Consul zone never leave the node, whatever their type. */
    @ParameterizedTest
    @ValueSource(ints = {Type.DS, Type.SOA, Type.NS, Type.ANY})
    void the_type_makes_no_difference(int type) {
        Zones zones = new Zones(List.of(ROOT, consul("consul")));

        assertThat(zones.find(Question.of("consul", type))).isZero();
    }

    @Test
    void a_zone_that_comes_later_has_the_last_place_and_the_names_below_it() {
        Zones before = new Zones(List.of(ROOT, consul("consul")));
        Zones after = before.with(consul("alt.consul"));

        assertThat(after.all()).startsWith(before.all().toArray(Zone[]::new));
        assertThat(after.find(Question.of("web.service.alt.consul", Type.A))).isEqualTo(2);
        assertThat(after.find(Question.of("web.service.consul", Type.A))).isEqualTo(0);
        assertThat(after.find(Question.of("example.com", Type.A))).isEqualTo(1);
    }

    @Test
    void a_zone_that_went_leaves_its_names_to_the_next_longer_one_and_its_place_to_nobody() {
        DomainName alt = DomainName.of("alt.consul");
        Zones zones = new Zones(List.of(ROOT, consul("consul")))
                .with(consul("alt.consul"))
                .without(alt);

        assertThat(zones.has(alt)).isFalse();
        assertThat(zones.all()).hasSize(3);
        assertThat(zones.find(Question.of("web.service.alt.consul", Type.A))).isZero();
    }

    @Test
    void a_zone_that_comes_again_has_its_place_again() {
        DomainName alt = DomainName.of("alt");
        Zones zones = new Zones(List.of(ROOT, consul("consul")))
                .with(consul("alt"))
                .without(alt)
                .with(consul("other"))
                .with(consul("alt"));

        assertThat(zones.has(alt)).isTrue();
        assertThat(zones.find(Question.of("web.service.alt", Type.A))).isEqualTo(2);
        assertThat(zones.find(Question.of("web.service.other", Type.A))).isEqualTo(3);
    }

    @Test
    void the_root_cannot_go() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Zones(List.of(ROOT, consul("consul"))).without(DomainName.ROOT));
    }

    @Test
    void one_zone_must_be_the_root() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Zones(List.of(consul("consul"))))
                .withMessageContaining("no zone is the root");
        assertThatIllegalArgumentException().isThrownBy(() -> new Zones(List.of()));
    }

    @Test
    void a_suffix_stands_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Zones(List.of(consul("consul"), ROOT, consul("CONSUL."))))
                .withMessageContaining("twice");
    }

    @ParameterizedTest
    @CsvSource({
        "near.query.consul, true",
        "near.QUERY.dc1.consul, true",
        "a.b.near.query.consul, true",
        "service.query.consul, true",
        "_near._tcp.query.consul, true",
        "orders.service.consul, false",
        "query.service.consul, false",
        "query.service.query.consul, true",
        "near.query.service.dc1.consul, false",
        "_query._tcp.service.consul, false",
        "query.node.consul, false",
        "orders.connect.consul, false",
        "_query._tcp.consul, false",
        "consul, false",
    })
    void prepared_queries_keep_their_order_and_nothing_else_does(String name, boolean ordered) throws Exception {
        assertThat(isOrdered(consul("consul"), name)).isEqualTo(ordered);
    }

    @Test
    void a_label_of_the_zone_itself_says_nothing_of_the_kind() throws Exception {
        assertThat(isOrdered(consul("query.example"), "orders.service.query.example"))
                .isFalse();
        assertThat(isOrdered(consul("service.example"), "near.query.service.example"))
                .isTrue();
    }

    private static boolean isOrdered(Zone zone, String name) throws Exception {
        Question question = Question.of(name, Type.A);
        byte[] message =
                Reply.to(name + ".", Type.A).answer(name + ". 0 IN A 10.0.0.1").wire();
        return ((InstanceSet) zone.keep(question, message)).isOrdered();
    }

    @Test
    void what_recursors_say_is_kept_as_it_came_for_a_day_at_most() throws Exception {
        byte[] message = Reply.to("www.example.com.", Type.A)
                .answer("www.example.com. 604800 IN A 192.0.2.1")
                .wire();

        assertThat(ROOT.keep(Question.of("www.example.com", Type.A), message))
                .isInstanceOf(VerbatimAnswer.class)
                .returns(86_400, answer -> answer.ttl());
    }

    private static Zone consul(String suffix) {
        return Zone.consul(DomainName.of(suffix), NOBODY);
    }
}
