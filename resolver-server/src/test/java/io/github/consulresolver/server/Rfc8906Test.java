package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSIDOption;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The questions of RFC 8906 section 8, in its order, each with what that says is to be expected; then what other RFCs want of a server that
 * is asked what it does not know.
 */
final class Rfc8906Test {
    private static final String ZONE = "consul.";
    private static final int UNKNOWN_TYPE = 1000;
    private static final int UNKNOWN_OPTION = 100;
    private static final int UNKNOWN_EDNS_FLAG = 0x40;
    private static final int Z = 0x40;

    private final ScriptedUpstream agent = ScriptedUpstream.answering(Rfc8906Test::likeConsul);
    private final Set<Boolean> dnssecAsked = ConcurrentHashMap.newKeySet();
    private final ScriptedUpstream recursor = ScriptedUpstream.answering(this::signed);
    private final TestServer server =
            TestServer.start(agent.address(), config -> config.recursors(List.of(recursor.address())));

    Rfc8906Test() throws StartException {}

    @AfterEach
    void end() {
        server.close();
        agent.close();
        recursor.close();
    }

    private static Message likeConsul(Message query) {
        String soa = "consul. 0 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 0";
        Reply reply = Reply.to(query).flag(Flags.AA);
        return switch (query.getQuestion().getType()) {
            case Type.SOA -> reply.answer(soa).opt().message();
            case Type.A -> ScriptedAgent.answer(query, 5);
            default -> reply.authority(soa).opt().message();
        };
    }

    /** A recursor that validates, whose keys are larger than 512 bytes. */
    private Message signed(Message query) {
        boolean wantsDnssec = query.getOPT() != null && (query.getOPT().getFlags() & ExtendedFlags.DO) != 0;
        dnssecAsked.add(wantsDnssec);
        Reply reply = Reply.to(query).flag(Flags.AD);
        String name = query.getQuestion().getName().toString();
        if (query.getQuestion().getType() == Type.DNSKEY) {
            String key = "A".repeat(1_000);
            return reply.answer(name + " 3600 IN DNSKEY 257 3 8 " + key).opt().message();
        }
        reply.answer(name + " 3600 IN A 192.0.2.1");
        if (wantsDnssec) {
            reply.answer(name + " 3600 IN RRSIG A 8 2 3600 20300101000000 20200101000000 1 example.org. AAAA");
        }
        return reply.opt().message();
    }

    /** Section 8.1.1: dig +noedns +noad +norec soa $zone. */
    @ParameterizedTest
    @EnumSource
    void a_zone_that_is_ours_is_answered_also_without_recursion(Protocol protocol) throws IOException {
        Message query = soa();
        query.getHeader().unsetFlag(Flags.RD);
        Message reply = server.ask(protocol, query);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RD)).isFalse();
        assertThat(reply.getHeader().getFlag(Flags.AD)).isFalse();
        assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(reply.getOPT()).isNull();
    }

    /** Section 8.1.2: dig +noedns +noad +norec type1000 $zone. */
    @ParameterizedTest
    @EnumSource
    void an_unknown_type_is_no_data(Protocol protocol) throws IOException {
        Message reply = server.ask(protocol, DnsClient.question(ZONE, UNKNOWN_TYPE));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getQuestion().getType()).isEqualTo(UNKNOWN_TYPE);
    }

    /** Section 8.1.3.1: dig +noedns +noad +norec +cd soa $zone; RFC 4035 section 3.1.6: CD is copied. */
    @Test
    void checking_disabled_is_copied() throws IOException {
        Message query = soa();
        query.getHeader().setFlag(Flags.CD);
        Message reply = server.ask(Protocol.UDP, query);

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getHeader().getFlag(Flags.CD)).isTrue();
    }

    /** Section 8.1.3.2: dig +noedns +norec +ad soa $zone. */
    @Test
    void authentic_data_is_not_claimed_for_what_nobody_signed() throws IOException {
        Message query = soa();
        query.getHeader().setFlag(Flags.AD);
        Message reply = server.ask(Protocol.UDP, query);

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getHeader().getFlag(Flags.AD)).isFalse();
    }

    /** Section 8.1.3.3: dig +noedns +noad +norec +zflag soa $zone. */
    @Test
    void the_reserved_bit_is_ignored_and_not_copied() throws IOException {
        byte[] query = soa().toWire();
        query[3] |= Z;
        byte[] reply = DnsClient.of(server.address()).ask(Protocol.UDP, query);

        assertThat(new Message(reply).getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply[3] & Z).isZero();
    }

    /** Section 8.1.3.4: dig +noedns +noad +rec soa $zone. */
    @Test
    void recursion_desired_is_copied() throws IOException {
        Message reply = server.ask(Protocol.UDP, soa());

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getHeader().getFlag(Flags.RD)).isTrue();
        assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
    }

    /** Section 8.1.4: dig +noedns +noad +opcode=15 +norec +header-only. */
    @ParameterizedTest
    @EnumSource
    void a_header_alone_with_an_unknown_opcode_is_not_implemented(Protocol protocol) throws IOException {
        byte[] query = new byte[12];
        query[2] = 15 << 3;
        Message reply = new Message(DnsClient.of(server.address()).ask(protocol, query));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(reply.getHeader().getOpcode()).isEqualTo(15);
        for (int section = Section.QUESTION; section <= Section.ADDITIONAL; section++) {
            assertThat(reply.getHeader().getCount(section)).isZero();
        }
        assertThat(reply.getHeader().getFlag(Flags.AA)).isFalse();
    }

    /** Section 8.1.5: dig +noedns +noad +norec +tcp soa $zone, and 8.2.1: dig +nocookie +edns=0 +noad +norec soa $zone. */
    @ParameterizedTest
    @EnumSource
    void plain_edns_is_answered_with_edns(Protocol protocol) throws IOException {
        Message reply = server.ask(protocol, edns(soa(), 0, 0));

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT().getVersion()).isZero();
        assertThat(reply.getOPT().getOptions()).isEmpty();
    }

    /** Sections 8.2.2, 8.2.5, 8.2.6 and 8.2.9: dig +edns=1 +noednsneg soa $zone, also with flags, options, +dnssec. */
    @ParameterizedTest
    @CsvSource({"0, false", "0x40, false", "0, true", "0x8000, false"})
    void an_unknown_edns_version_is_told_by_badvers_and_our_version(String flags, boolean option) throws IOException {
        EDNSOption[] options = option ? new EDNSOption[] {unknownOption()} : new EDNSOption[0];
        Message reply = server.ask(Protocol.UDP, edns(soa(), 1, Integer.decode(flags), options));

        assertThat(reply.getRcode()).isEqualTo(Rcode.BADVERS);
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getOPT().getVersion()).isZero();
        assertThat(reply.getOPT().getOptions()).isEmpty();
        assertThat(reply.getOPT().getFlags() & UNKNOWN_EDNS_FLAG).isZero();
    }

    /** Section 8.2.3: dig +nocookie +edns=0 +noad +norec +ednsopt=100 soa $zone. */
    @ParameterizedTest
    @EnumSource
    void an_unknown_option_is_ignored_and_not_echoed(Protocol protocol) throws IOException {
        Message reply = server.ask(protocol, edns(soa(), 0, 0, unknownOption()));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT().getOptions()).isEmpty();
    }

    /** Section 8.2.4: dig +nocookie +edns=0 +noad +norec +ednsflags=0x40 soa $zone. */
    @Test
    void an_unknown_edns_flag_is_ignored_and_not_copied() throws IOException {
        Message reply = server.ask(Protocol.UDP, edns(soa(), 0, UNKNOWN_EDNS_FLAG));

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT().getFlags()).isZero();
    }

    /** Section 8.2.7: dig +norec +dnssec +bufsize=512 +ignore dnskey $zone. */
    @Test
    void a_reply_that_was_cut_has_edns_too() throws IOException {
        Message query = DnsClient.question("example.org.", Type.DNSKEY);
        query.addRecord(new OPTRecord(512, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        Message reply = server.ask(Protocol.UDP, query);

        assertThat(reply.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(reply.getSection(Section.ANSWER)).isEmpty();
        assertThat(reply.getOPT().getVersion()).isZero();
    }

    /** Section 8.2.8: dig +nocookie +edns=0 +noad +norec +dnssec soa $zone; RFC 3225 section 3: DO is copied. */
    @Test
    void dnssec_ok_is_copied() throws IOException {
        Message reply = server.ask(Protocol.UDP, edns(soa(), 0, ExtendedFlags.DO));

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
    }

    /** Section 8.2.10: dig +edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa $zone. */
    @ParameterizedTest
    @EnumSource
    void options_that_have_a_meaning_are_taken_all_at_once(Protocol protocol) throws IOException {
        Message reply = server.ask(
                protocol,
                edns(
                        soa(),
                        0,
                        0,
                        new CookieOption(new byte[8]),
                        new NSIDOption(new byte[0]),
                        new GenericEDNSOption(9, new byte[0]),
                        new ClientSubnetOption(0, 0, InetAddress.getByAddress(new byte[4]))));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getOPT().getOptions()).extracting(EDNSOption::getCode).containsOnly(8);
    }

    /** RFC 6891 section 6.1.1: two are a format error. */
    @Test
    void two_opt_records_are_a_format_error() throws IOException {
        Message query = edns(edns(soa(), 0, 0), 0, 0);
        assertThat(server.ask(Protocol.UDP, query).getRcode()).isEqualTo(Rcode.FORMERR);
    }

    /** RFC 9619 section 4: one question; and RFC 6891: who sent an OPT record gets one, whatever else is wrong. */
    @ParameterizedTest
    @EnumSource
    void two_questions_are_a_format_error_with_edns_if_the_query_had_it(Protocol protocol) throws IOException {
        Message query = edns(soa(), 0, 0);
        query.addRecord(DnsClient.question("x.consul.", Type.A).getQuestion(), Section.QUESTION);
        Message reply = server.ask(protocol, query);

        assertThat(reply.getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(reply.getHeader().getCount(Section.QUESTION)).isZero();
        assertThat(reply.getOPT()).isNotNull();
    }

    /** RFC 7873 section 5.4 lets a client ask for a cookie with no question; we have none to give. */
    @ParameterizedTest
    @EnumSource
    void no_question_but_a_cookie_is_a_format_error_without_a_cookie(Protocol protocol) throws IOException {
        Message query = new Message(4711);
        query.addRecord(
                new OPTRecord(1232, 0, 0, 0, List.of(new CookieOption(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))),
                Section.ADDITIONAL);
        Message reply = server.ask(protocol, query);

        assertThat(reply.getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(reply.getOPT().getOptions()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"UDP, STATUS", "TCP, STATUS", "UDP, NOTIFY", "TCP, NOTIFY", "UDP, UPDATE", "TCP, UPDATE"})
    void other_operations_are_not_implemented_with_edns_if_the_query_had_it(Protocol protocol, String opcode)
            throws IOException {
        Message query = edns(soa(), 0, 0);
        query.getHeader().setOpcode(Opcode.value(opcode));
        Message reply = server.ask(protocol, query);

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(Opcode.string(reply.getHeader().getOpcode())).isEqualTo(opcode);
        assertThat(reply.getOPT()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"UDP, AXFR", "TCP, AXFR", "UDP, IXFR", "TCP, IXFR"})
    void zones_are_not_transferred(Protocol protocol, String type) throws IOException {
        Message reply = server.ask(protocol, edns(DnsClient.question(ZONE, Type.value(type)), 0, 0));

        assertThat(reply.getRcode()).isEqualTo(Rcode.NOTIMP);
        assertThat(reply.getQuestion().getName()).hasToString(ZONE);
        assertThat(errors(reply)).containsExactly(ExtendedErrorCodeOption.NOT_SUPPORTED);
        assertThat(agent.received()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"3", "4", "254", "255", "0", "65280"})
    void classes_other_than_in_are_refused(int dnsClass) throws IOException {
        byte[] query = edns(DnsClient.question("version.bind.", Type.TXT), 0, 0).toWire();
        int at = 12 + "version.bind.".length() + 1 + 2;
        query[at] = (byte) (dnsClass >> 8);
        query[at + 1] = (byte) dnsClass;
        Message reply = new Message(DnsClient.of(server.address()).ask(Protocol.UDP, query));

        assertThat(reply.getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(errors(reply)).containsExactly(ExtendedErrorCodeOption.NOT_SUPPORTED);
        assertThat(agent.received() + recursor.received()).isZero();
    }

    /** draft-vixie-dnsext-dns0x20: clients that vary the case drop a reply in another. */
    @ParameterizedTest
    @EnumSource
    void the_question_comes_back_byte_for_byte_cold_and_from_the_cache(Protocol protocol) throws IOException {
        for (String name :
                List.of("wEb.SerViCe.cOnsuL.", "WeB.sERvIcE.CoNSUl.", "wWw.eXample.ORG.", "WwW.Example.oRG.")) {
            byte[] query = DnsClient.question(name, Type.A).toWire();
            byte[] reply = DnsClient.of(server.address()).ask(protocol, query);

            assertThat(Arrays.copyOfRange(reply, 12, query.length))
                    .isEqualTo(Arrays.copyOfRange(query, 12, query.length));
            assertThat(new Message(reply).getSection(Section.ANSWER)).isNotEmpty();
        }
    }

    @Test
    void dnssec_records_are_for_those_who_want_them_and_do_not_get_mixed_up_in_the_cache() throws IOException {
        for (int round = 0; round < 2; round++) {
            Message plain = server.ask(Protocol.UDP, edns(DnsClient.question("example.org.", Type.A), 0, 0));
            Message secure =
                    server.ask(Protocol.UDP, edns(DnsClient.question("example.org.", Type.A), 0, ExtendedFlags.DO));

            assertThat(plain.getSection(Section.ANSWER))
                    .extracting(r -> r.getType())
                    .containsExactly(Type.A);
            assertThat(plain.getHeader().getFlag(Flags.AD)).isFalse();
            assertThat(secure.getSection(Section.ANSWER))
                    .extracting(r -> r.getType())
                    .containsExactly(Type.A, Type.RRSIG);
            assertThat(secure.getHeader().getFlag(Flags.AD)).isTrue();
        }
        assertThat(dnssecAsked).containsExactlyInAnyOrder(true, false);
        assertThat(recursor.received()).isEqualTo(2);
    }

    /** RFC 6840 section 5.7. */
    @Test
    void authentic_data_may_be_asked_for_without_dnssec_records() throws IOException {
        Message query = DnsClient.question("example.org.", Type.A);
        query.getHeader().setFlag(Flags.AD);

        assertThat(server.ask(Protocol.UDP, query).getHeader().getFlag(Flags.AD))
                .isTrue();
    }

    @Test
    void who_does_not_desire_recursion_is_answered_all_the_same() throws IOException {
        Message query = DnsClient.question("example.org.", Type.A);
        query.getHeader().unsetFlag(Flags.RD);
        Message reply = server.ask(Protocol.UDP, query);

        assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
        assertThat(reply.getHeader().getFlag(Flags.RD)).isFalse();
    }

    private static Message soa() {
        return DnsClient.question(ZONE, Type.SOA);
    }

    private static Message edns(Message query, int version, int flags, EDNSOption... options) {
        query.addRecord(new OPTRecord(1232, 0, version, flags, List.of(options)), Section.ADDITIONAL);
        return query;
    }

    private static EDNSOption unknownOption() {
        return new GenericEDNSOption(UNKNOWN_OPTION, new byte[] {1, 2, 3});
    }

    private static List<Integer> errors(Message reply) {
        return reply.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
                .map(option -> ((ExtendedErrorCodeOption) option).getErrorCode())
                .toList();
    }
}
