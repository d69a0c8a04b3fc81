package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class TtlOverridesTest {
    private static final DomainName CONSUL = DomainName.of("consul");
    private static final int AGENTS = 77;

    private static final TtlOverrides TTLS =
            new TtlOverrides(Map.of("d*", 42, "db", 10, "dd*", 66, "web*", 5, "rest", 0), OptionalInt.of(30), 3);

    /** The table of Consul's own rules: the exact name, else the longest prefix. */
    @ParameterizedTest
    @CsvSource({
        "db.service.consul, A, 10",
        "DB.service.consul, A, 10",
        "primary.db.service.consul, A, 10",
        "db.service.dc2.consul, A, 10",
        "dd.service.consul, A, 66",
        "ddx.service.consul, SRV, 66",
        "dual.service.consul, AAAA, 42",
        "web.service.consul, A, 5",
        "webshop.connect.consul, A, 5",
        "x.db.connect.consul, A, 10",
        "db.ingress.consul, A, 10",
        "_db._tcp.service.consul, SRV, 10",
        "_db._primary.consul, SRV, 10",
        "_db._tcp.service.http.port.consul, SRV, 10",
        "rest.service.consul, A, 0",
        "other.service.consul, A, 77",
        "db.query.consul, A, 77",
        "db.node.consul, A, 30",
        "web.node.dc1.consul, TXT, 30",
        "0a000001.addr.consul, A, 30",
        "web.virtual.consul, A, 30",
        "consul, NS, 30",
        "db.service.consul, NS, 30",
    })
    void the_TTL_is_that_of_the_thing_asked_for(String name, String type, long expected) throws Exception {
        Message reply = applied(
                TTLS,
                Reply.to(name + ".", Type.value(type))
                        .answer(name + ". 77 IN A 10.0.0.1")
                        .additional("w1.node.dc1.consul. 77 IN A 10.0.0.1"));

        assertThat(reply.getSection(Section.ANSWER)).extracting(Record::getTTL).containsExactly(expected);
        assertThat(reply.getSection(Section.ADDITIONAL))
                .extracting(Record::getTTL)
                .containsExactly(expected);
    }

    @Test
    void a_star_alone_is_for_all_other_services() throws Exception {
        TtlOverrides ttls = new TtlOverrides(Map.of("*", 1, "web", 10), OptionalInt.empty(), 0);

        assertThat(ttlOf(ttls, "any.service.consul.")).isEqualTo(1);
        assertThat(ttlOf(ttls, "web.service.consul.")).isEqualTo(10);
        assertThat(ttlOf(ttls, "n1.node.consul.")).isEqualTo(AGENTS);
    }

    @Test
    void a_service_may_be_called_as_a_kind_is() throws Exception {
        TtlOverrides ttls = new TtlOverrides(Map.of("query", 9, "service", 8), OptionalInt.empty(), 0);

        assertThat(ttlOf(ttls, "query.service.consul.")).isEqualTo(9);
        assertThat(ttlOf(ttls, "service.service.consul.")).isEqualTo(8);
    }

    @Test
    void a_negative_answer_that_may_not_be_kept_is_given_a_TTL() throws Exception {
        SOARecord soa = negative(TTLS, 0, 0);

        assertThat(soa.getTTL()).isEqualTo(3);
        assertThat(soa.getMinimum()).isEqualTo(3);
    }

    @Test
    void a_negative_answer_that_the_agent_gave_a_TTL_keeps_it() throws Exception {
        SOARecord soa = negative(TTLS, 60, 20);

        assertThat(soa.getTTL()).isEqualTo(60);
        assertThat(soa.getMinimum()).isEqualTo(20);
    }

    @Test
    void an_OPT_record_has_no_TTL() throws Exception {
        Message reply = applied(
                TTLS,
                Reply.to("db.service.consul.", Type.A)
                        .answer("db.service.consul. 77 IN A 10.0.0.1")
                        .opt());

        assertThat(reply.getOPT().getTTL()).isZero();
    }

    private static SOARecord negative(TtlOverrides ttls, int ttl, int minimum) throws Exception {
        Message reply = applied(
                ttls,
                Reply.to("none.service.consul.", Type.A)
                        .rcode(Rcode.NXDOMAIN)
                        .authority("consul. " + ttl + " IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 "
                                + minimum));
        return (SOARecord) reply.getSection(Section.AUTHORITY).get(0);
    }

    private static long ttlOf(TtlOverrides ttls, String name) throws Exception {
        return applied(ttls, Reply.to(name, Type.A).answer(name + " " + AGENTS + " IN A 10.0.0.1"))
                .getSection(Section.ANSWER)
                .get(0)
                .getTTL();
    }

    private static Message applied(TtlOverrides ttls, Reply reply) throws IOException, MalformedMessageException {
        Record question = reply.message().getQuestion();
        return new Message(
                ttls.applied(Question.of(question.getName().toString(), question.getType()), CONSUL, reply.wire()));
    }
}
