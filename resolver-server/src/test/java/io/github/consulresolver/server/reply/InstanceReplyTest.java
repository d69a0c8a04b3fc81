package io.github.consulresolver.server.reply;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Reply;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What clients get of an agent's answer. */
final class InstanceReplyTest {
    private static final int QUESTION_END = 12 + 20 + 4;
    private static final int OPT = 11;

    private final ReplyWriter writer = new ReplyWriter(3, 1232, Duration.ofSeconds(10), new SplittableRandom(7));

    @Test
    void every_instance_is_there_over_tcp() {
        assertThat(answers(Asked.of(Services.WEB, Type.A).overTcp(writer, Services.addresses(300))))
                .extracting(Record::rdataToString)
                .hasSize(300)
                .doesNotHaveDuplicates();
    }

    @Test
    void four_thousand_addresses_are_there_over_tcp() {
        Message reply = Asked.of(Services.WEB, Type.A).edns(512).overTcp(writer, Services.addresses(4_000));
        assertThat(answers(reply)).hasSize(4_000).doesNotHaveDuplicates();
        assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void over_tcp_records_are_whole_up_to_64_kib() {
        byte[] reply = Asked.of(Services.WEB, Type.A).tcpWire(writer, Services.addresses(5_000), 0);
        assertThat(answers(Asked.parsed(reply)))
                .hasSize((0xffff - QUESTION_END) / 16)
                .doesNotHaveDuplicates();
    }

    @Test
    void a_thousand_instances_and_their_targets_are_there_over_tcp() {
        Message reply = Asked.of(Services.WEB, Type.SRV).overTcp(writer, Services.srv(900));
        assertThat(answers(reply)).hasSize(900).doesNotHaveDuplicates();
        assertThat(reply.getSection(Section.ADDITIONAL)).hasSize(900 - missingGlue(reply));
    }

    @Test
    void over_tcp_all_instances_come_before_any_glue() {
        byte[] wire = Asked.of(Services.WEB, Type.SRV).edns(1232).tcpWire(writer, Services.srv(1_024), 0);
        Message reply = Asked.parsed(wire);
        List<Record> glue = reply.getSectionRRsets(Section.ADDITIONAL).stream()
                .flatMap(set -> set.rrs().stream())
                .filter(record -> record.getType() == Type.A)
                .toList();

        assertThat(answers(reply)).hasSize(1_024).doesNotHaveDuplicates();
        assertThat(wire.length).isBetween(0xffff - 40, 0xffff);
        assertThat(glue).hasSizeGreaterThan(700).doesNotHaveDuplicates();
        assertThat(targets(reply)).containsAll(owners(glue));
    }

    @Test
    void a_udp_client_without_edns_gets_three() {
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(writer, Services.addresses(300))))
                .hasSize(3);
    }

    @Test
    void the_limit_for_udp_clients_without_edns_is_a_setting() {
        ReplyWriter five = new ReplyWriter(5, 1232, Duration.ofSeconds(10), new SplittableRandom(1));
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(five, Services.addresses(300))))
                .hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {Type.A, Type.ANY})
    void addresses_of_a_service_are_limited_over_every_transport(int type) {
        ReplyWriter limited = limited(new ReplyLimits(3, 7, false));

        assertThat(answers(Asked.of(Services.WEB, type).overUdp(limited, Services.addresses(300))))
                .hasSize(3);
        assertThat(answers(Asked.of(Services.WEB, type).edns(4096).overUdp(limited, Services.addresses(300))))
                .hasSize(7);
        assertThat(answers(Asked.of(Services.WEB, type).overTcp(limited, Services.addresses(300))))
                .hasSize(7);
    }

    @Test
    void srv_records_and_nodes_are_not_limited_as_addresses_are() throws Exception {
        ReplyWriter limited = limited(new ReplyLimits(3, 2, false));
        InstanceSet node = InstanceSet.of(
                Reply.to("n1.node.consul.", Type.A)
                        .answer(Services.lines(5, "n1.node.consul. 60 IN A %s"))
                        .wire(),
                false,
                false,
                Set.of(DomainName.ROOT));

        assertThat(answers(Asked.of(Services.WEB, Type.SRV).overTcp(limited, Services.srv(9))))
                .hasSize(9);
        assertThat(answers(Asked.of("n1.node.consul.", Type.A).overTcp(limited, node)))
                .hasSize(5);
    }

    @Test
    void a_limit_may_change_from_one_reply_to_the_next() {
        AtomicReference<ReplyLimits> limits = new AtomicReference<>(new ReplyLimits(3, 0, false));
        ReplyWriter changing = new ReplyWriter(limits::get, 1232, Duration.ofSeconds(10), new SplittableRandom(1));
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(changing, Services.addresses(9))))
                .hasSize(3);

        limits.set(new ReplyLimits(1, 0, false));
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(changing, Services.addresses(9))))
                .hasSize(1);
    }

    @Test
    void by_setting_TC_tells_a_udp_client_that_instances_were_left_out() {
        ReplyWriter telling = limited(new ReplyLimits(3, 0, true));

        assertThat(tc(Asked.of(Services.WEB, Type.A).overUdp(telling, Services.addresses(4))))
                .isTrue();
        assertThat(tc(Asked.of(Services.WEB, Type.A).overUdp(telling, Services.addresses(3))))
                .isFalse();
        assertThat(tc(Asked.of(Services.WEB, Type.A).edns(1232).overUdp(telling, Services.addresses(300))))
                .isTrue();
        assertThat(tc(Asked.of(Services.WEB, Type.SRV).overTcp(telling, Services.srv(2_000))))
                .isFalse();
    }

    /** Over TCP the client would get no more. */
    @Test
    void the_limit_of_addresses_is_no_reason_for_TC() {
        ReplyWriter telling = limited(new ReplyLimits(3, 2, true));

        assertThat(tc(Asked.of(Services.WEB, Type.A).overUdp(telling, Services.addresses(300))))
                .isFalse();
    }

    private static ReplyWriter limited(ReplyLimits limits) {
        return new ReplyWriter(() -> limits, 1232, Duration.ofSeconds(10), new SplittableRandom(1));
    }

    private static boolean tc(Message reply) {
        return reply.getHeader().getFlag(Flags.TC);
    }

    @Test
    void a_set_smaller_than_the_limit_is_whole() {
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(writer, Services.addresses(2))))
                .hasSize(2);
    }

    @Test
    void an_edns_client_of_512_bytes_gets_three_as_from_the_agent() {
        assertThat(answers(Asked.of(Services.WEB, Type.A).edns(512).overUdp(writer, Services.addresses(300))))
                .hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {513, 514, 527, 528, 529, 544, 1231, 1232, 1233, 1472, 4095, 4096, 32_768})
    void a_udp_client_gets_as_many_as_fit_its_size(int size) {
        Message reply = Asked.of(Services.WEB, Type.A).edns(size).overUdp(writer, Services.addresses(4_000));
        assertThat(reply.numBytes()).isLessThanOrEqualTo(size);
        assertThat(answers(reply)).hasSize((size - QUESTION_END - OPT) / 16);
    }

    @Test
    void no_reply_is_larger_than_a_datagram() {
        Message reply = Asked.of(Services.WEB, Type.A).edns(65_535).overUdp(writer, Services.addresses(5_000));
        assertThat(reply.numBytes()).isBetween(65_507 - 16, 65_507);
    }

    @Test
    void a_size_below_512_counts_as_512() {
        Message reply = Asked.of(Services.WEB, Type.A).edns(100).overUdp(writer, Services.addresses(300));
        assertThat(answers(reply)).hasSize(3);
    }

    @Test
    void tc_is_clear_when_instances_are_left_out() {
        Message reply = Asked.of(Services.WEB, Type.A).edns(1232).overUdp(writer, Services.addresses(300));
        assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
    }

    @Test
    void each_reply_has_its_own_order() {
        InstanceSet set = Services.addresses(50);
        Set<List<Record>> orders = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            orders.add(answers(Asked.of(Services.WEB, Type.A).overTcp(writer, set)));
        }
        assertThat(orders).hasSize(20);
    }

    @Test
    void an_order_that_means_something_is_kept_and_cut_at_its_end() {
        String[] lines = Services.lines(100, "web.service.consul. 60 IN A %s");
        InstanceSet set = Services.ordered(Reply.to(Services.WEB, Type.A).answer(lines));
        List<Record> whole = java.util.Arrays.stream(lines).map(Reply::record).toList();

        assertThat(answers(Asked.of(Services.WEB, Type.A).overTcp(writer, set))).isEqualTo(whole);
        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(writer, set))).isEqualTo(whole.subList(0, 3));
        assertThat(answers(Asked.of(Services.WEB, Type.A).edns(1232).overUdp(writer, set)))
                .isEqualTo(whole.subList(0, (1232 - QUESTION_END - OPT) / 16));
    }

    @Test
    void glue_is_of_the_instances_that_stay() {
        Message reply = Asked.of(Services.WEB, Type.SRV).edns(1232).overUdp(writer, Services.srv(300));
        List<Record> glue = addresses(reply);

        assertThat(answers(reply)).hasSize((1232 - QUESTION_END - OPT) / (44 + 16));
        assertThat(owners(glue)).containsExactlyInAnyOrderElementsOf(targets(reply));
    }

    @Test
    void glue_that_several_instances_share_is_there_once() {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.SRV)
                .answer(
                        "web.service.consul. 60 IN SRV 1 1 8001 node.consul.",
                        "web.service.consul. 60 IN SRV 1 1 8002 NODE.consul.",
                        "web.service.consul. 60 IN SRV 1 1 8003 node.consul.")
                .additional("node.consul. 60 IN A 10.0.0.1", "node.consul. 60 IN AAAA fd00::1"));

        assertThat(addresses(Asked.of(Services.WEB, Type.SRV).overUdp(writer, set)))
                .extracting(Record::rdataToString)
                .containsExactly("10.0.0.1", "fd00:0:0:0:0:0:0:1");
    }

    @Test
    void a_first_instance_without_its_glue_is_better_than_none() {
        String target = ("x".repeat(60) + ".").repeat(3) + "consul.";
        String[] glue = Services.lines(20, target + " 60 IN A %s");
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.SRV)
                .answer("web.service.consul. 60 IN SRV 1 1 8001 " + target)
                .additional(glue));

        Message reply = Asked.of(Services.WEB, Type.SRV).overUdp(writer, set);

        assertThat(reply.numBytes()).isLessThanOrEqualTo(512);
        assertThat(answers(reply)).hasSize(1);
        assertThat(addresses(reply)).isEmpty();
    }

    @Test
    void what_belongs_to_no_instance_comes_only_with_a_whole_set() {
        Reply agent = Reply.to(Services.WEB, Type.SRV)
                .answer(Services.srvLines(10))
                .authority("consul. 60 IN NS server.consul.")
                .additional(Services.glueLines(10))
                .additional("0a000001.addr.dc1.consul. 60 IN TXT \"rack=4\"");
        InstanceSet set = Services.shuffled(agent);

        Message whole = Asked.of(Services.WEB, Type.SRV).edns(4096).overUdp(writer, set);
        assertThat(whole.getSection(Section.AUTHORITY)).hasSize(1);
        assertThat(whole.getSection(Section.ADDITIONAL))
                .extracting(Record::getType)
                .contains(Type.TXT);

        Message part = Asked.of(Services.WEB, Type.SRV).overUdp(writer, set);
        assertThat(part.getSection(Section.AUTHORITY)).isEmpty();
        assertThat(part.getSection(Section.ADDITIONAL))
                .extracting(Record::getType)
                .containsOnly(Type.A);
    }

    @Test
    void a_chain_comes_first_and_in_its_order() {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.A)
                .answer(
                        "web.service.consul. 60 IN CNAME one.example.org.",
                        "one.example.org. 60 IN CNAME two.example.org.",
                        "two.example.org. 60 IN A 10.0.0.1",
                        "two.example.org. 60 IN A 10.0.0.2"));

        List<Record> answers = answers(Asked.of(Services.WEB, Type.A).overUdp(writer, set));

        assertThat(answers.subList(0, 2))
                .containsExactly(
                        Reply.record("web.service.consul. 60 IN CNAME one.example.org."),
                        Reply.record("one.example.org. 60 IN CNAME two.example.org."));
        assertThat(answers.subList(2, 4))
                .containsExactlyInAnyOrder(
                        Reply.record("two.example.org. 60 IN A 10.0.0.1"),
                        Reply.record("two.example.org. 60 IN A 10.0.0.2"));
    }

    @Test
    void a_chain_that_does_not_fit_is_told_by_tc() {
        String far = ("y".repeat(60) + ".").repeat(3) + "example.org.";
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.A)
                .answer("web.service.consul. 60 IN CNAME a." + far, "a." + far + " 60 IN CNAME b." + far)
                .answer("b." + far + " 60 IN CNAME c." + far, "c." + far + " 60 IN A 10.0.0.1"));

        Message overUdp = Asked.of(Services.WEB, Type.A).overUdp(writer, set);
        assertThat(overUdp.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(answers(overUdp)).isEmpty();

        Message overTcp = Asked.of(Services.WEB, Type.A).overTcp(writer, set);
        assertThat(overTcp.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(answers(overTcp)).hasSize(4);
    }

    @Test
    void a_name_that_does_not_exist_is_said_with_the_soa() {
        InstanceSet set = Services.shuffled(
                Reply.to(Services.WEB, Type.A).rcode(Rcode.NXDOMAIN).authority(Services.SOA.formatted(30, 20)));

        Message reply = Asked.of(Services.WEB, Type.A).overUdp(writer, set, 12);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(answers(reply)).isEmpty();
        assertThat(reply.getSection(Section.AUTHORITY)).singleElement().isInstanceOfSatisfying(SOARecord.class, soa -> {
            assertThat(soa.getTTL()).isEqualTo(18);
            assertThat(soa.getMinimum()).isEqualTo(20);
        });
    }

    @Test
    void a_name_without_records_of_the_type_is_said_with_the_soa() {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.AAAA).authority(Services.SOA.formatted(0, 0)));

        Message reply = Asked.of(Services.WEB, Type.AAAA).edns(1232).overUdp(writer, set, 0);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answers(reply)).isEmpty();
        assertThat(reply.getSection(Section.AUTHORITY))
                .singleElement()
                .extracting(Record::getTTL)
                .isEqualTo(0L);
    }

    @Test
    void every_ttl_is_counted_down_and_stops_at_zero() {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.SRV)
                .answer("web.service.consul. 60 IN SRV 1 1 80 0a000001.addr.dc1.consul.")
                .authority("consul. 10 IN NS server.consul.")
                .additional("0a000001.addr.dc1.consul. 40 IN A 10.0.0.1")
                .additional("other.consul. 2147483647 IN TXT \"x\""));

        Message reply = Asked.of(Services.WEB, Type.SRV).overTcp(writer, set, 25);

        assertThat(answers(reply)).singleElement().extracting(Record::getTTL).isEqualTo(35L);
        assertThat(reply.getSection(Section.AUTHORITY))
                .singleElement()
                .extracting(Record::getTTL)
                .isEqualTo(0L);
        assertThat(reply.getSection(Section.ADDITIONAL))
                .extracting(Record::getTTL)
                .containsExactly(15L, 2_147_483_622L);
        assertThat(Asked.of(Services.WEB, Type.SRV)
                        .overTcp(writer, set, Integer.MAX_VALUE)
                        .getSection(Section.ANSWER))
                .singleElement()
                .extracting(Record::getTTL)
                .isEqualTo(0L);
    }

    @Test
    void ttls_of_a_chain_are_counted_down() {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.A)
                .answer("web.service.consul. 60 IN CNAME a.example.org.", "a.example.org. 50 IN A 10.0.0.1"));

        assertThat(answers(Asked.of(Services.WEB, Type.A).overUdp(writer, set, 7)))
                .extracting(Record::getTTL)
                .containsExactly(53L, 43L);
    }

    @Test
    void the_question_comes_back_in_the_case_it_was_asked_in() {
        byte[] reply = Asked.of("wEb.SeRvIcE.cOnSuL.", Type.A).udpWire(writer, Services.addresses(2), 0);
        Message parsed = Asked.parsed(reply);

        assertThat(parsed.getQuestion().getName()).hasToString("wEb.SeRvIcE.cOnSuL.");
        assertThat(answers(parsed).get(0).getName()).hasToString("wEb.SeRvIcE.cOnSuL.");
    }

    @Test
    void an_opt_record_is_there_if_there_was_one_in_the_query() {
        Message with = Asked.of(Services.WEB, Type.A).edns(4096).overUdp(writer, Services.addresses(3));
        assertThat(with.getOPT().getPayloadSize()).isEqualTo(1232);
        assertThat(with.isSigned()).isFalse();

        Message without = Asked.of(Services.WEB, Type.A).overUdp(writer, Services.addresses(3));
        assertThat(without.getOPT()).isNull();
        assertThat(without.getSection(Section.ADDITIONAL)).isEmpty();
    }

    @Test
    void the_do_bit_is_copied() {
        Message with = Asked.of(Services.WEB, Type.A).ednsWithDo(4096).overUdp(writer, Services.addresses(3));
        assertThat(with.getOPT().getFlags()).isEqualTo(0x8000);

        Message without = Asked.of(Services.WEB, Type.A).edns(4096).overUdp(writer, Services.addresses(3));
        assertThat(without.getOPT().getFlags()).isZero();
    }

    @Test
    void flags_say_what_is_so() {
        Message asked =
                Asked.of(Services.WEB, Type.A).flag(Flags.CD).flag(Flags.AD).overUdp(writer, Services.addresses(3));

        assertThat(asked.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(asked.getHeader().getFlag(Flags.AA))
                .as("as the agent set it")
                .isTrue();
        assertThat(asked.getHeader().getFlag(Flags.RD)).as("echoed").isTrue();
        assertThat(asked.getHeader().getFlag(Flags.RA)).isTrue();
        assertThat(asked.getHeader().getFlag(Flags.CD)).as("echoed").isTrue();
        assertThat(asked.getHeader().getFlag(Flags.AD))
                .as("nothing was validated")
                .isFalse();
    }

    @Test
    void the_id_is_the_clients() {
        Message query = Message.newQuery(Record.newRecord(name(Services.WEB), Type.A, 1));
        query.getHeader().setID(0xfedc);
        assertThat(Asked.of(query)
                        .overUdp(writer, Services.addresses(3))
                        .getHeader()
                        .getID())
                .isEqualTo(0xfedc);
    }

    @Test
    void what_a_buffer_cannot_hold_is_left_out() {
        java.nio.ByteBuffer out = java.nio.ByteBuffer.allocate(700);
        AnswerSet set = Services.addresses(300);
        int length = writer.overTcp(Asked.of(Services.WEB, Type.A).query(), set, 0, out);
        assertThat(length).isBetween(700 - 16, 700);
    }

    private static List<Record> answers(Message reply) {
        return reply.getSection(Section.ANSWER);
    }

    private static List<Record> addresses(Message reply) {
        return reply.getSection(Section.ADDITIONAL).stream()
                .filter(record -> record.getType() == Type.A || record.getType() == Type.AAAA)
                .toList();
    }

    private static Set<Name> targets(Message reply) {
        return answers(reply).stream().map(srv -> ((SRVRecord) srv).getTarget()).collect(toSet());
    }

    private static Set<Name> owners(List<Record> records) {
        return records.stream().map(Record::getName).collect(toSet());
    }

    private static int missingGlue(Message reply) {
        Set<Name> targets = targets(reply);
        targets.removeAll(owners(addresses(reply)));
        return targets.size();
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text);
        } catch (org.xbill.DNS.TextParseException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
