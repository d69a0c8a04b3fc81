package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.zone.CatalogInstance.Addresses;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An agent whose answers were cut, beside a catalog. */
class CatalogCompletionTest {
    private static final String WEB = "web.service.consul.";
    private static final Addresses NONE = new Addresses("", "", "");
    private static final String FIRST = WEB + " 9 IN SRV 1 1 80 N1.node.dc1.consul.";

    private final List<ServiceLookup> lookups = new ArrayList<>();
    private Optional<List<CatalogInstance>> catalog = Optional.empty();
    private Reply reply = Reply.to(WEB, Type.SRV).flag(Flags.TC).flag(Flags.AA).answer(FIRST);

    private final CatalogCompletion completion = new CatalogCompletion(
            DomainName.of("consul"),
            new ConsulSettings(DomainName.of("home.example"), TtlOverrides.NONE, () -> 0, this::lookUp),
            question -> CompletableFuture.completedFuture(reply.wire()));

    private CompletableFuture<List<CatalogInstance>> lookUp(ServiceLookup lookup) {
        lookups.add(lookup);
        return catalog.map(CompletableFuture::completedFuture)
                .orElseGet(() -> CompletableFuture.failedFuture(new IOException("dead")));
    }

    @Test
    void an_answer_that_was_cut_becomes_the_instances_of_the_catalog() throws Exception {
        reply.additional("n1.node.dc1.consul. 9 IN A 10.0.0.1");
        has(onNode("N1", "10.0.0.1"), onNode("n2", "fd00::2"));

        Message whole = ask(WEB, Type.SRV);

        assertThat(records(whole, Section.ANSWER))
                .containsExactly(WEB + " 9 SRV 1 1 80 N1.node.dc1.consul.", WEB + " 9 SRV 1 1 80 n2.node.dc1.consul.");
        assertThat(records(whole, Section.ADDITIONAL))
                .containsExactly("N1.node.dc1.consul. 9 A 10.0.0.1", "n2.node.dc1.consul. 9 AAAA fd00:0:0:0:0:0:0:2");
        assertThat(whole.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            10.1.2.255, '', '',        0a0102ff.addr.dc1.consul.
            FD00::A, '', '',           fd00000000000000000000000000000a.addr.dc1.consul.
            ::ffff:10.1.2.3, '', '',   0a010203.addr.dc1.consul.
            10.1.2.3, '', fd00::4,     fd000000000000000000000000000004.addr.dc1.consul.
            fd00::4, 10.1.2.3, '',     0a010203.addr.dc1.consul.
            WWW.example.com, '', '',   WWW.example.com.
            """)
    void a_service_with_an_address_is_named_by_it(String plain, String lanIpv4, String lanIpv6, String target)
            throws Exception {
        has(
                onNode("n1", "10.0.0.1"),
                new CatalogInstance(
                        "n2",
                        "dc1",
                        new Addresses("10.0.0.2", "10.0.0.2", "fd00::2"),
                        new Addresses(plain, lanIpv4, lanIpv6),
                        81,
                        7));

        assertThat(records(ask(WEB, Type.SRV), Section.ANSWER)).contains(WEB + " 9 SRV 1 7 81 " + target);
    }

    @Test
    void two_services_at_one_place_are_one_record() throws Exception {
        has(onNode("n1", "10.0.0.1"), onNode("n1", "10.0.0.1"), onNode("n2", "10.0.0.1"));

        assertThat(records(ask(WEB, Type.SRV), Section.ANSWER)).hasSize(2);
    }

    @Test
    void older_agents_name_nodes_in_their_own_domain() throws Exception {
        reply = Reply.to(WEB, Type.SRV).flag(Flags.TC).answer(FIRST.replace("dc1.consul.", "dc1.home.example."));
        has(onNode("n1", "10.0.0.1"), onNode("n2", "10.0.0.2"));

        assertThat(records(ask(WEB, Type.SRV), Section.ANSWER))
                .contains(WEB + " 9 SRV 1 1 80 n2.node.dc1.home.example.");
    }

    @Test
    void what_the_agent_knows_of_a_host_name_is_kept() throws Exception {
        reply.answer(WEB + " 9 IN SRV 1 1 80 db.service.consul.").additional("db.service.consul. 9 IN A 10.0.0.9");
        has(onNode("n1", "10.0.0.1"), at("db.service.consul"));

        assertThat(records(ask(WEB, Type.SRV), Section.ADDITIONAL)).contains("db.service.consul. 9 A 10.0.0.9");
    }

    @Test
    void addresses_are_those_of_the_family_and_each_is_there_once() throws Exception {
        reply = Reply.to(WEB, Type.A).flag(Flags.TC).answer(WEB + " 9 IN A 10.0.0.1");
        has(onNode("n1", "10.0.0.1"), at("10.0.0.1"), at("fd00::2"), at("www.example.com"), at("10.0.0.3"));

        assertThat(records(ask(WEB, Type.A), Section.ANSWER))
                .containsExactly(WEB + " 9 A 10.0.0.1", WEB + " 9 A 10.0.0.3");
    }

    @Test
    void any_has_one_address_of_each_instance() throws Exception {
        reply = Reply.to(WEB, Type.ANY).flag(Flags.TC).answer(WEB + " 9 IN A 10.0.0.1");
        has(onNode("n1", "10.0.0.1"), at("fd00::2"));

        assertThat(records(ask(WEB, Type.ANY), Section.ANSWER))
                .containsExactly(WEB + " 9 A 10.0.0.1", WEB + " 9 AAAA fd00:0:0:0:0:0:0:2");
    }

    @Test
    void a_set_may_be_larger_than_any_message() throws Exception {
        List<CatalogInstance> many = IntStream.range(0, 20_000)
                .mapToObj(i -> onNode("n" + i, "10.0." + (i >> 8) + "." + (i & 255)))
                .toList();
        catalog = Optional.of(many);

        byte[] whole = completion.ask(Question.of(WEB, Type.SRV)).get();
        MessageReader.check(whole);
        InstanceSet set = InstanceSet.of(whole, false);

        assertThat(whole.length).isGreaterThan(0xffff);
        assertThat(set.isPartial()).isFalse();
        assertThat(set.instances()).isEqualTo(20_000);
        assertThat(set.glueGroups()).isEqualTo(20_000);
    }

    @Test
    void more_instances_than_a_message_can_count_stay_partial() throws Exception {
        catalog = Optional.of(IntStream.rangeClosed(1, 60_001)
                .mapToObj(i -> onNode("n" + i, "10.0.0.1"))
                .toList());

        staysAsItWas(WEB, Type.SRV);
    }

    @Test
    void an_answer_with_something_that_the_catalog_lacks_stays_as_it_was() throws Exception {
        has(onNode("n2", "10.0.0.2"), onNode("n3", "10.0.0.3"));

        staysAsItWas(WEB, Type.SRV);
    }

    @Test
    void another_port_is_another_instance() throws Exception {
        has(new CatalogInstance("n1", "dc1", new Addresses("10.0.0.1", "", ""), NONE, 81, 1));

        staysAsItWas(WEB, Type.SRV);
    }

    @Test
    void an_instance_that_DNS_cannot_name_leaves_the_answer_as_it_was() throws Exception {
        has(onNode("n1", "10.0.0.1"), onNode("n".repeat(64), "10.0.0.2"));

        staysAsItWas(WEB, Type.SRV);
    }

    @Test
    void an_alias_stays_as_it_was() throws Exception {
        reply = Reply.to(WEB, Type.A).flag(Flags.TC).answer(WEB + " 9 IN CNAME www.example.com.");
        has(at("www.example.com"));

        staysAsItWas(WEB, Type.A);
    }

    @Test
    void without_the_catalog_the_answer_stays_as_it_was() throws Exception {
        staysAsItWas(WEB, Type.SRV);

        assertThat(lookups).hasSize(1);
    }

    @Test
    void an_answer_that_is_whole_is_not_looked_up() throws Exception {
        reply = Reply.to(WEB, Type.SRV).answer(FIRST);

        staysAsItWas(WEB, Type.SRV);

        assertThat(lookups).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            web.service.consul.,           web, '',  ''
            Red.web.service.consul.,       web, red, ''
            v1.2.web.service.consul.,      web, v1.2, ''
            _web._red.service.consul.,     web, red, ''
            _web._tcp.service.dc2.consul., web, '',  dc2
            _web._tcp.consul.,             web, '',  ''
            web.service.dc2.dc.consul.,    web, '',  dc2
            """)
    void a_name_is_looked_up_by_service_tag_and_datacenter(String name, String service, String tag, String dc)
            throws Exception {
        reply = Reply.to(name, Type.SRV).flag(Flags.TC).answer(name + " 9 IN A 10.0.0.1");

        ask(name, Type.SRV);

        assertThat(lookups).containsExactly(new ServiceLookup(service, present(tag), present(dc)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web.query.consul.",
                "web.connect.consul.",
                "web.ingress.consul.",
                "web.service.other.peer.consul.",
                "n1.node.consul.",
                "service.consul.",
                "a\\.b.service.consul.",
                "consul."
            })
    void other_names_are_not_looked_up(String name) throws Exception {
        reply = Reply.to(name, Type.SRV).flag(Flags.TC).answer(name + " 9 IN SRV 1 1 80 n1.node.dc1.consul.");

        staysAsItWas(name, Type.SRV);

        assertThat(lookups).isEmpty();
    }

    @Test
    void other_types_are_not_looked_up() throws Exception {
        reply = Reply.to(WEB, Type.TXT).flag(Flags.TC).answer(WEB + " 9 IN A 10.0.0.1");

        staysAsItWas(WEB, Type.TXT);

        assertThat(lookups).isEmpty();
    }

    private static Optional<String> present(String text) {
        return Optional.of(text).filter(some -> !some.isEmpty());
    }

    private static CatalogInstance onNode(String node, String address) {
        return new CatalogInstance(node, "dc1", new Addresses(address, "", ""), NONE, 80, 1);
    }

    private static CatalogInstance at(String address) {
        return new CatalogInstance(
                "elsewhere", "dc1", new Addresses("10.9.9.9", "", ""), new Addresses(address, "", ""), 80, 1);
    }

    private void has(CatalogInstance... instances) {
        catalog = Optional.of(List.of(instances));
    }

    private void staysAsItWas(String name, int type) throws Exception {
        assertThat(completion.ask(Question.of(name, type)).get()).isEqualTo(reply.wire());
    }

    private Message ask(String name, int type) throws Exception {
        return new Message(completion.ask(Question.of(name, type)).get());
    }

    private static List<String> records(Message message, int section) {
        return message.getSection(section).stream()
                .map(CatalogCompletionTest::line)
                .toList();
    }

    private static String line(Record record) {
        return record.getName() + " " + record.getTTL() + " " + Type.string(record.getType()) + " "
                + record.rdataToString();
    }
}
