package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class UnsignedZoneTest {
    private static final String SOA = "consul. 30 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 5";

    private final List<Question> asked = new ArrayList<>();

    @Test
    void a_delegation_signer_under_consul_is_no_data_for_as_long_as_the_zones_SOA_record_says() throws Exception {
        byte[] reply = ask(
                "orders.service.consul", Type.DS, Reply.to("consul.", Type.SOA).answer(SOA));
        Message message = new Message(reply);

        assertThat(asked).containsExactly(Question.of("consul", Type.SOA));
        assertThat(message.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(message.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(message.getQuestion().getType()).isEqualTo(Type.DS);
        assertThat(message.getQuestion().getName()).hasToString("orders.service.consul.");
        assertThat(message.getSection(Section.ANSWER)).isEmpty();
        assertThat(message.getSection(Section.AUTHORITY)).containsExactly(Reply.record(SOA));
    }

    @Test
    void where_the_agent_does_not_say_it_is_no_data_for_no_time() throws Exception {
        byte[] reply = ask("consul", Type.DS, Reply.to("consul.", Type.SOA).rcode(Rcode.REFUSED));
        MessageReader.check(reply);

        assertThat(new Message(reply).getSection(Section.AUTHORITY)).isEmpty();
    }

    @Test
    void every_other_type_is_asked_of_the_agent() throws Exception {
        Reply reply = Reply.to("db.node.consul.", Type.A);

        assertThat(ask("db.node.consul", Type.A, reply)).isEqualTo(reply.wire());
        assertThat(asked).containsExactly(Question.of("db.node.consul", Type.A));
    }

    private byte[] ask(String name, int type, Reply agents) {
        UnsignedZone zone = new UnsignedZone(DomainName.of("consul"), question -> {
            asked.add(question);
            return CompletableFuture.completedFuture(agents.wire());
        });
        return zone.ask(Question.of(name, type)).join();
    }
}
