package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** An agent with an {@code a_record_limit} of 2. */
class WholeServiceTest {
    private static final String WEB = "web.service.consul.";

    private final Map<Question, byte[]> agent = new HashMap<>();
    private final List<Question> asked = new ArrayList<>();
    private int limit = 2;

    private final WholeService service = new WholeService(
            DomainName.of("consul"),
            new ConsulSettings(DomainName.of("consul"), TtlOverrides.NONE, () -> limit, ServiceCatalog.NONE),
            this::answer);

    private CompletableFuture<byte[]> answer(Question question) {
        asked.add(question);
        byte[] reply = agent.get(question);
        return reply == null
                ? CompletableFuture.failedFuture(new UpstreamException(Reason.TIMEOUT, "silent"))
                : CompletableFuture.completedFuture(reply);
    }

    @Test
    void an_answer_at_the_limit_is_made_whole_from_the_addresses_of_the_SRV_targets() throws Exception {
        tell(addresses("10.0.0.1", "10.0.0.3"));
        tell(srv("w1.node.dc1.consul.", "w2.node.dc1.consul.", "0a000003.addr.dc1.consul.")
                .additional(
                        "w1.node.dc1.consul. 9 IN A 10.0.0.1",
                        "w2.node.dc1.consul. 9 IN A 10.0.0.2",
                        "0a000003.addr.dc1.consul. 9 IN A 10.0.0.3",
                        "w1.node.dc1.consul. 9 IN TXT \"a=b\""));

        Message whole = ask(WEB, Type.A);

        assertThat(answers(whole)).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(whole.getSection(Section.ANSWER)).allSatisfy(record -> {
            assertThat(record.getName()).hasToString(WEB);
            assertThat(record.getTTL()).isEqualTo(9);
        });
        assertThat(isPartial(WEB, Type.A)).isFalse();
    }

    @Test
    void an_answer_below_the_limit_is_whole() throws Exception {
        tell(addresses("10.0.0.1"));

        assertThat(answers(ask(WEB, Type.A))).containsExactly("10.0.0.1");
        assertThat(asked).hasSize(1);
    }

    @Test
    void without_a_limit_nothing_more_is_asked() throws Exception {
        limit = 0;
        tell(addresses("10.0.0.1", "10.0.0.2"));

        ask(WEB, Type.A);

        assertThat(asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1.node.consul.", "0a000001.addr.consul.", "web.virtual.consul.", "consul."})
    void names_that_are_no_services_are_not_limited(String name) throws Exception {
        tell(Reply.to(name, Type.A).answer(name + " 9 IN A 10.0.0.1", name + " 9 IN A 10.0.0.2"));

        ask(name, Type.A);

        assertThat(asked).hasSize(1);
    }

    @Test
    void what_came_is_kept_and_marked_where_SRV_records_cannot_be_had() throws Exception {
        tell(addresses("10.0.0.1", "10.0.0.2"));

        assertThat(answers(ask(WEB, Type.A))).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
        assertThat(isPartial(WEB, Type.A)).isTrue();
    }

    /** An agent gives an SRV target the IPv6 address of an instance that has both. */
    @Test
    void a_target_without_an_address_of_the_family_leaves_the_set_partial() throws Exception {
        tell(addresses("10.0.0.1", "10.0.0.2"));
        tell(srv("w1.node.dc1.consul.", "w2.node.dc1.consul.", "w3.node.dc1.consul.")
                .additional(
                        "w1.node.dc1.consul. 9 IN A 10.0.0.1",
                        "w2.node.dc1.consul. 9 IN AAAA fd00::2",
                        "w3.node.dc1.consul. 9 IN A 10.0.0.3"));

        assertThat(answers(ask(WEB, Type.A))).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(isPartial(WEB, Type.A)).isTrue();
    }

    @Test
    void any_has_the_addresses_of_both_families() throws Exception {
        tell(Reply.to(WEB, Type.ANY).answer(WEB + " 9 IN A 10.0.0.1", WEB + " 9 IN AAAA fd00::2"));
        tell(srv("w1.node.dc1.consul.", "w2.node.dc1.consul.", "w3.node.dc1.consul.")
                .additional(
                        "w1.node.dc1.consul. 9 IN A 10.0.0.1",
                        "w2.node.dc1.consul. 9 IN AAAA fd00::2",
                        "w3.node.dc1.consul. 9 IN A 10.0.0.3"));

        assertThat(answers(ask(WEB, Type.ANY))).containsExactlyInAnyOrder("10.0.0.1", "fd00:0:0:0:0:0:0:2", "10.0.0.3");
        assertThat(isPartial(WEB, Type.ANY)).isFalse();
    }

    @Test
    void an_instance_with_a_host_name_is_left_out_beside_addresses_as_agents_do() throws Exception {
        tell(addresses("10.0.0.1", "10.0.0.2"));
        tell(srv("w1.node.dc1.consul.", "w2.node.dc1.consul.", "www.example.com.", "db.service.consul.")
                .additional(
                        "w1.node.dc1.consul. 9 IN A 10.0.0.1",
                        "w2.node.dc1.consul. 9 IN A 10.0.0.2",
                        "www.example.com. 9 IN A 192.0.2.1",
                        "db.service.consul. 9 IN A 10.0.0.9"));

        assertThat(answers(ask(WEB, Type.A))).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
        assertThat(isPartial(WEB, Type.A)).isFalse();
    }

    @Test
    void an_alias_is_no_limited_answer() throws Exception {
        tell(Reply.to(WEB, Type.A)
                .answer(
                        WEB + " 9 IN CNAME www.example.com.",
                        "www.example.com. 9 IN A 192.0.2.1",
                        "www.example.com. 9 IN A 192.0.2.2"));

        ask(WEB, Type.A);

        assertThat(asked).hasSize(1);
    }

    @Test
    void a_prepared_query_keeps_the_order_of_its_SRV_records() throws Exception {
        String name = "near.query.consul.";
        tell(Reply.to(name, Type.A).answer(name + " 9 IN A 10.0.0.1", name + " 9 IN A 10.0.0.2"));
        tell(Reply.to(name, Type.SRV)
                .answer(
                        name + " 9 IN SRV 1 1 80 w1.node.dc1.consul.",
                        name + " 9 IN SRV 1 1 80 w2.node.dc1.consul.",
                        name + " 9 IN SRV 1 1 80 w3.node.dc1.consul.")
                .additional(
                        "w1.node.dc1.consul. 9 IN A 10.0.0.1",
                        "w2.node.dc1.consul. 9 IN A 10.0.0.2",
                        "w3.node.dc1.consul. 9 IN A 10.0.0.3"));

        assertThat(answers(ask(name, Type.A))).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3");
    }

    @Test
    void an_SRV_answer_that_was_cut_makes_nothing_whole() throws Exception {
        tell(addresses("10.0.0.1", "10.0.0.2"));
        tell(srv("w1.node.dc1.consul.")
                .additional("w1.node.dc1.consul. 9 IN A 10.0.0.1")
                .flag(org.xbill.DNS.Flags.TC));

        assertThat(isPartial(WEB, Type.A)).isTrue();
    }

    @Test
    void a_name_that_does_not_exist_is_believed() throws Exception {
        tell(Reply.to(WEB, Type.A).rcode(Rcode.NXDOMAIN));

        assertThat(ask(WEB, Type.A).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(asked).hasSize(1);
    }

    private static Reply addresses(String... addresses) {
        Reply reply = Reply.to(WEB, Type.A);
        for (String address : addresses) {
            reply.answer(WEB + " 9 IN A " + address);
        }
        return reply;
    }

    private static Reply srv(String... targets) {
        Reply reply = Reply.to(WEB, Type.SRV);
        for (String target : targets) {
            reply.answer(WEB + " 9 IN SRV 1 1 80 " + target);
        }
        return reply;
    }

    private void tell(Reply reply) {
        Record question = reply.message().getQuestion();
        agent.put(Question.of(question.getName().toString(), question.getType()), reply.wire());
    }

    private Message ask(String name, int type) throws Exception {
        return new Message(service.ask(Question.of(name, type)).get());
    }

    private boolean isPartial(String name, int type) throws Exception {
        return InstanceSet.of(service.ask(Question.of(name, type)).get(), false).isPartial();
    }

    private static List<String> answers(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .map(Record::rdataToString)
                .toList();
    }
}
