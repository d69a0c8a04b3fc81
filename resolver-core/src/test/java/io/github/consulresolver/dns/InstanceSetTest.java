package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class InstanceSetTest {
    private static final String ORDERS = "orders.service.consul.";
    private static final String SOA = "consul. 30 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 5";

    private static Reply srv() {
        return Reply.to(ORDERS, Type.SRV)
                .flag(Flags.AA)
                .answer(
                        ORDERS + " 60 IN SRV 1 1 8080 web1.node.dc1.consul.",
                        ORDERS + " 60 IN SRV 1 5 8081 web2.node.dc1.consul.",
                        ORDERS + " 60 IN SRV 1 1 8082 web1.node.dc1.consul.")
                .additional(
                        "web1.node.dc1.consul. 60 IN A 10.0.0.1",
                        "web1.node.dc1.consul. 60 IN TXT \"consul-network-segment=\"",
                        "web2.node.dc1.consul. 60 IN AAAA fd00::2",
                        "web1.node.dc1.consul. 60 IN A 10.0.0.1");
    }

    @Test
    void an_SRV_answer_put_together_again_says_what_the_agent_said() throws Exception {
        Reply reply = srv();
        Message again = again(reply);

        assertThat(again.getSection(Section.ANSWER)).isEqualTo(reply.message().getSection(Section.ANSWER));
        assertThat(again.getSection(Section.ADDITIONAL))
                .containsExactlyInAnyOrder(
                        Reply.record("web1.node.dc1.consul. 60 IN A 10.0.0.1"),
                        Reply.record("web2.node.dc1.consul. 60 IN AAAA fd00::2"),
                        Reply.record("web1.node.dc1.consul. 60 IN TXT \"consul-network-segment=\""));
        assertThat(again.getHeader().getFlag(Flags.AA)).isTrue();
    }

    @Test
    void instances_at_one_target_share_its_group_of_glue() throws Exception {
        InstanceSet set = InstanceSet.of(srv().wire(), false);

        assertThat(set.instances()).isEqualTo(3);
        assertThat(set.glueGroups()).isEqualTo(2);
        assertThat(set.glueOf(0)).isEqualTo(set.glueOf(2)).isNotEqualTo(set.glueOf(1));
    }

    @Test
    void the_same_address_record_twice_is_kept_once() throws Exception {
        InstanceSet set = InstanceSet.of(srv().wire(), false);

        assertThat(set.firstGlue(set.glueOf(0) + 1) - set.firstGlue(set.glueOf(0)))
                .isEqualTo(1);
    }

    @Test
    void a_target_with_both_families_has_both_as_glue() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.SRV)
                        .answer(ORDERS + " 0 IN SRV 1 1 80 web.node.consul.")
                        .additional("WEB.node.consul. 0 IN A 10.0.0.1", "web.node.consul. 0 IN AAAA fd00::1")
                        .wire(),
                false);

        assertThat(set.firstGlue(1) - set.firstGlue(0)).isEqualTo(2);
        assertThat(set.extras()).isZero();
    }

    @Test
    void a_target_without_address_has_an_empty_group() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.SRV)
                        .answer(ORDERS + " 0 IN SRV 1 1 80 db.example.com.")
                        .wire(),
                false);

        assertThat(set.glueGroups()).isEqualTo(1);
        assertThat(set.firstGlue(1)).isEqualTo(set.firstGlue(0));
    }

    @Test
    void other_additional_records_are_extras() throws Exception {
        InstanceSet set = InstanceSet.of(srv().wire(), false);

        assertThat(set.extras()).isEqualTo(1);
        assertThat(set.firstExtra() + set.extras()).isEqualTo(set.firstGlue(set.glueGroups()) + set.authorities() + 1);
    }

    @Test
    void an_address_that_belongs_to_no_target_is_an_extra_whose_case_is_kept() throws Exception {
        Reply reply = Reply.to("db.node.consul.", Type.AAAA).additional("DB.other.example. 0 IN A 10.0.0.1");

        assertThat(again(reply).getSection(Section.ADDITIONAL).get(0).getName()).hasToString("DB.other.example.");
    }

    @Test
    void a_CNAME_chain_keeps_its_order_before_the_addresses() throws Exception {
        Reply reply = Reply.to(ORDERS, Type.A)
                .answer(
                        ORDERS + " 10 IN CNAME a.example.com.",
                        "a.example.com. 20 IN CNAME b.example.com.",
                        "b.example.com. 30 IN A 192.0.2.1",
                        "b.example.com. 30 IN A 192.0.2.2");
        InstanceSet set = InstanceSet.of(reply.wire(), false);

        assertThat(set.chain()).isEqualTo(2);
        assertThat(set.instances()).isEqualTo(2);
        assertThat(set.ttl()).isEqualTo(10);
        assertThat(again(reply).getSection(Section.ANSWER))
                .isEqualTo(reply.message().getSection(Section.ANSWER));
    }

    @Test
    void an_owner_that_is_the_question_is_a_pointer_to_it() throws Exception {
        InstanceSet set = addresses("OrDers.service.consul.");

        assertThat(block(set, 0)).startsWith(0xc0, 12).hasSize(2 + 10 + 4);
    }

    @Test
    void an_owner_that_ends_as_the_question_does_points_to_the_label_where_that_begins() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.A).rcode(Rcode.NXDOMAIN).authority(SOA).wire(), false);

        // "consul" begins behind the header, "orders" and "service".
        assertThat(block(set, set.firstAuthority())).startsWith(0xc0, 12 + 7 + 8);
    }

    @Test
    void a_label_that_ends_as_a_label_of_the_question_is_no_shared_end() throws Exception {
        Reply reply = Reply.to("x\\006consul.", Type.A).authority(SOA);
        InstanceSet set = InstanceSet.of(reply.wire(), false);

        assertThat(block(set, set.firstAuthority())).startsWith(6, 'c', 'o', 'n', 's', 'u', 'l', 0);
    }

    @Test
    void an_owner_that_shares_nothing_is_written_out() throws Exception {
        Reply reply = Reply.to(ORDERS, Type.A).answer("other.example. 0 IN A 10.0.0.1");

        assertThat(block(InstanceSet.of(reply.wire(), false), 0)).startsWith(5, 'o', 't', 'h', 'e', 'r', 7);
        assertThat(again(reply).getSection(Section.ANSWER))
                .isEqualTo(reply.message().getSection(Section.ANSWER));
    }

    private static InstanceSet addresses(String owner) throws MalformedMessageException {
        return InstanceSet.of(
                Reply.to(ORDERS, Type.A).answer(owner + " 0 IN A 10.0.0.1").wire(), false);
    }

    @Test
    void what_is_under_the_root_is_put_together_again() throws Exception {
        Reply reply = Reply.to(".", Type.NS).answer(". 60 IN NS a.root-servers.net.");

        assertThat(again(reply).getSection(Section.ANSWER))
                .isEqualTo(reply.message().getSection(Section.ANSWER));
    }

    @Test
    void the_clients_case_is_echoed_in_every_owner_that_points_to_the_question() throws Exception {
        InstanceSet set = addresses(ORDERS);
        Message again = Assembled.of(
                set, new Wire().question("oRdErS.SeRvIcE.cOnSuL", Type.A).bytes());

        assertThat(again.getSection(Section.ANSWER).get(0).getName()).hasToString("oRdErS.SeRvIcE.cOnSuL.");
    }

    @Test
    void an_answer_larger_than_64_KiB_uncompressed_keeps_every_instance() throws Exception {
        Reply reply = Reply.to(ORDERS, Type.A);
        IntStream.range(0, 4_000).forEach(i -> reply.answer(ORDERS + " 0 IN A 10.1." + i / 250 + "." + i % 250));
        InstanceSet set = InstanceSet.of(reply.wire(), false);

        assertThat(set.instances()).isEqualTo(4_000);
        assertThat(set.length(3_999)).isEqualTo(16);
    }

    @Test
    void the_OPT_record_is_no_part_of_the_set_wherever_it_stands() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to("db.node.consul.", Type.A)
                        .answer("db.node.consul. 7 IN A 10.0.0.1")
                        .opt()
                        .additional("db.node.consul. 8 IN TXT \"rack=1\"")
                        .wire(),
                false);

        assertThat(set.extras()).isEqualTo(1);
        assertThat(set.ttl()).isEqualTo(7);
    }

    @Test
    void an_ordered_set_says_so() throws Exception {
        assertThat(InstanceSet.of(srv().wire(), true).isOrdered()).isTrue();
        assertThat(InstanceSet.of(srv().wire(), false).isOrdered()).isFalse();
    }

    @Test
    void the_smallest_TTL_is_the_sets() throws Exception {
        assertThat(InstanceSet.of(
                                Reply.to(ORDERS, Type.SRV)
                                        .answer(ORDERS + " 60 IN SRV 1 1 80 web.node.consul.")
                                        .additional("web.node.consul. 7 IN A 10.0.0.1")
                                        .wire(),
                                false)
                        .ttl())
                .isEqualTo(7);
    }

    @Test
    void a_TTL_of_0_in_one_record_is_the_sets() throws Exception {
        assertThat(addresses(ORDERS).ttl()).isZero();
    }

    @Test
    void the_largest_TTL_there_is_counts_as_itself() throws Exception {
        assertThat(InstanceSet.of(
                                Reply.to(ORDERS, Type.A)
                                        .answer(ORDERS + " 2147483647 IN A 10.0.0.1")
                                        .wire(),
                                false)
                        .ttl())
                .isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void a_name_that_does_not_exist_is_negative_for_the_SOA_records_minimum() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.A).rcode(Rcode.NXDOMAIN).authority(SOA).wire(), false);

        assertThat(set.rcode()).isEqualTo(AnswerSet.NAME_ERROR);
        assertThat(set.isNegative()).isTrue();
        assertThat(set.ttl()).isEqualTo(5);
        assertThat(set.authorities()).isEqualTo(1);
        assertThat(set.instances()).isZero();
    }

    @Test
    void no_data_is_negative_for_the_SOA_records_TTL_where_that_is_less() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.A)
                        .authority("consul. 3 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 5")
                        .wire(),
                false);

        assertThat(set.rcode()).isEqualTo(AnswerSet.NO_ERROR);
        assertThat(set.isNegative()).isTrue();
        assertThat(set.ttl()).isEqualTo(3);
    }

    @Test
    void a_SOA_minimum_with_its_highest_bit_set_is_0() throws Exception {
        assertThat(InstanceSet.of(
                                Reply.to(ORDERS, Type.A)
                                        .authority(SOA.replace("86400 5", "86400 4294967295"))
                                        .wire(),
                                false)
                        .ttl())
                .isZero();
    }

    @Test
    void no_data_without_a_SOA_record_lives_for_no_time() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to("db.node.consul.", Type.AAAA)
                        .additional("db.node.consul. 60 IN TXT \"rack=1\"")
                        .wire(),
                false);

        assertThat(set.isNegative()).isTrue();
        assertThat(set.ttl()).isZero();
        assertThat(set.extras()).isEqualTo(1);
    }

    @Test
    void a_chain_that_ends_in_nothing_lives_no_longer_than_that() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.AAAA)
                        .answer(ORDERS + " 600 IN CNAME a.example.com.")
                        .authority("example.com. 600 IN SOA ns.example.com. root.example.com. 1 2 3 4 5")
                        .wire(),
                false);

        assertThat(set.ttl()).isEqualTo(5);
    }

    @Test
    void a_server_failure_lives_for_no_time() throws Exception {
        InstanceSet set = InstanceSet.of(
                Reply.to(ORDERS, Type.A).rcode(Rcode.SERVFAIL).authority(SOA).wire(), false);

        assertThat(set.rcode()).isEqualTo(AnswerSet.SERVER_FAILURE);
        assertThat(set.ttl()).isZero();
    }

    @Test
    void a_larger_set_weighs_more() throws Exception {
        assertThat(InstanceSet.of(srv().wire(), false).weight())
                .isGreaterThan(addresses(ORDERS).weight())
                .isGreaterThan(InstanceSet.of(srv().wire(), false).bytes().length);
    }

    @Test
    void a_malformed_message_makes_no_set() {
        byte[] message = srv().wire();

        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> InstanceSet.of(Arrays.copyOf(message, message.length - 1), false));
    }

    @Test
    void text_records_asked_for_are_instances() throws Exception {
        Reply reply = Reply.to("db.node.consul.", Type.TXT).answer("db.node.consul. 0 IN TXT \"rack=1\"");
        List<Record> answers = again(reply).getSection(Section.ANSWER);

        assertThat(answers).isEqualTo(reply.message().getSection(Section.ANSWER));
        assertThat(InstanceSet.of(reply.wire(), false).glueOf(0)).isEqualTo(InstanceSet.NO_GLUE);
    }

    private static Message again(Reply reply) throws MalformedMessageException, IOException {
        byte[] question = reply.message().getQuestion().toWire(Section.QUESTION);
        return Assembled.of(InstanceSet.of(reply.wire(), false), question);
    }

    private static byte[] block(InstanceSet set, int block) {
        return Arrays.copyOfRange(set.bytes(), set.start(block), set.start(block) + set.length(block));
    }
}
