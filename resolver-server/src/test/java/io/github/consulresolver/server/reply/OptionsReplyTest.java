package io.github.consulresolver.server.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Reply;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TcpKeepaliveOption;
import org.xbill.DNS.Type;

final class OptionsReplyTest {
    private final ReplyWriter writer = new ReplyWriter(
            () -> new ReplyLimits(3, 0, false), 1232, Duration.ofMillis(12_345), new SplittableRandom(7));

    @Test
    void the_idle_time_out_is_told_in_tenths_of_a_second() {
        Message reply = asked(1232, new TcpKeepaliveOption()).overTcp(writer, Services.addresses(1));
        assertThat(reply.getOPT().getOptions()).containsExactly(new TcpKeepaliveOption(123));
    }

    @Test
    void an_idle_time_out_beyond_two_hours_is_told_as_the_longest_there_is() {
        ReplyWriter patient =
                new ReplyWriter(() -> new ReplyLimits(3, 0, false), 1232, Duration.ofHours(5), new SplittableRandom(7));
        Message reply = asked(1232, new TcpKeepaliveOption()).overTcp(patient, Services.addresses(1));
        assertThat(reply.getOPT().getOptions()).containsExactly(new TcpKeepaliveOption(65_535));
    }

    @Test
    void a_network_comes_back_with_the_scope_of_the_answer() {
        InstanceSet prepared = scoped(20);
        Message reply = asked(1232, subnet(24, "192.0.2.0")).overUdp(writer, prepared);
        assertThat(reply.getOPT().getOptions()).containsExactly(new ClientSubnetOption(24, 20, address("192.0.2.0")));
    }

    @Test
    void an_answer_for_everybody_has_scope_0() {
        Message reply = asked(1232, subnet(56, "2001:db8::")).overUdp(writer, Services.addresses(3));
        assertThat(reply.getOPT().getOptions()).containsExactly(subnet(56, "2001:db8::"));
    }

    @Test
    void a_recursor_was_not_told_the_network_so_the_client_is_not_told_a_scope() {
        Reply recursors = Reply.to(Services.WEB, Type.A).answer("web.service.consul. 60 IN A 192.0.2.1");
        Message reply = asked(1232, subnet(24, "192.0.2.0")).overUdp(writer, Services.verbatim(recursors));
        assertThat(reply.getOPT().getOptions()).isEmpty();
    }

    static Stream<AnswerSet> large() {
        String[] lines = Services.lines(27, "web.service.consul. 60 IN A %s");
        return Stream.of(
                Services.addresses(4_200),
                Services.srv(1_500),
                Services.verbatim(Reply.to(Services.WEB, Type.A).answer(lines)));
    }

    @ParameterizedTest
    @MethodSource("large")
    void options_stay_within_the_clients_size(AnswerSet answers) {
        for (int size = 512; size < 700; size++) {
            Asked client = asked(size, subnet(128, "2001:db8::1"), new TcpKeepaliveOption());
            assertThat(client.udpWire(writer, answers, 0).length).isLessThanOrEqualTo(size);
        }
        Asked client = asked(512, subnet(128, "2001:db8::1"), new TcpKeepaliveOption());
        Asked.parsed(client.tcpWire(writer, answers, 0));
    }

    @Test
    void a_failure_says_why_after_an_answer_that_had_options() {
        asked(1232, subnet(24, "192.0.2.0"), new TcpKeepaliveOption()).overTcp(writer, Services.addresses(1));
        Query query = asked(1232).query();
        Message reply = Asked.parsed(Asked.error(writer, query, Rcode.SERVFAIL, ExtendedError.NETWORK_ERROR));

        assertThat(reply.getOPT().getOptions())
                .containsExactly(new ExtendedErrorCodeOption(ExtendedErrorCodeOption.NETWORK_ERROR));
    }

    @Test
    void without_edns_a_failure_says_nothing_more() {
        Query query = Asked.of(Services.WEB, Type.A).query();
        Message reply = Asked.parsed(Asked.error(writer, query, Rcode.REFUSED, ExtendedError.PROHIBITED));
        assertThat(reply.getSection(Section.ADDITIONAL)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.NXDOMAIN})
    void an_agents_failure_is_explained_and_what_is_none_is_not(int rcode) {
        InstanceSet set = Services.shuffled(Reply.to(Services.WEB, Type.A).rcode(rcode));
        Message reply = asked(1232).overUdp(writer, set);

        EDNSOption why = new ExtendedErrorCodeOption(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY);
        assertThat(reply.getOPT().getOptions()).isEqualTo(rcode == Rcode.SERVFAIL ? List.of(why) : List.of());
    }

    private static Asked asked(int size, EDNSOption... options) {
        return Asked.of(Services.WEB, Type.A).edns(size, options);
    }

    private static InstanceSet scoped(int scope) {
        Reply reply = Reply.to(Services.WEB, Type.A).answer("web.service.consul. 60 IN A 10.0.0.1");
        reply.message()
                .addRecord(
                        new OPTRecord(4096, 0, 0, 0, List.of(new ClientSubnetOption(24, scope, address("192.0.2.0")))),
                        Section.ADDITIONAL);
        return Services.ordered(reply);
    }

    private static EDNSOption subnet(int prefix, String network) {
        return new ClientSubnetOption(prefix, 0, address(network));
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
