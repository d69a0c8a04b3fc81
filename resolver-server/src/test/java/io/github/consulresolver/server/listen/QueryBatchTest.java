package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class QueryBatchTest {
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final QueryHandler handler = handler(cache);
    private final QueryBatch batch = new QueryBatch(handler, 8);

    @Test
    void each_gets_the_answer_to_its_own_question() throws IOException {
        keep("orders.service.consul.", "10.0.0.1");
        keep("users.service.consul.", "10.0.0.2");
        batch.begin();
        read("users.service.consul");
        read("ORDERS.service.consul");
        batch.lookUp();

        assertThat(address(batch.answer(0, true))).isEqualTo("10.0.0.2");
        assertThat(address(batch.answer(1, true))).isEqualTo("10.0.0.1");
    }

    @Test
    void what_is_not_kept_is_for_later_and_what_cannot_be_read_is_for_nobody() throws IOException {
        keep("orders.service.consul.", "10.0.0.1");
        batch.begin();
        read("payments.service.consul");
        batch.read(ByteBuffer.allocate(2048), 3);
        read("orders.service.consul");
        batch.lookUp();

        assertThat(batch.answer(0, true)).isEqualTo(QueryHandler.LATER);
        assertThat(batch.answer(1, true)).isEqualTo(QueryHandler.NOTHING);
        assertThat(address(batch.answer(2, true))).isEqualTo("10.0.0.1");
    }

    @Test
    void who_may_not_ask_is_refused_beside_who_may() throws IOException {
        keep("orders.service.consul.", "10.0.0.1");
        batch.begin();
        read("orders.service.consul");
        read("orders.service.consul");
        batch.lookUp();

        assertThat(reply(batch.answer(0, false)).getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(address(batch.answer(1, true))).isEqualTo("10.0.0.1");
    }

    @Test
    void a_batch_knows_nothing_of_the_one_before() throws IOException {
        keep("orders.service.consul.", "10.0.0.1");
        batch.begin();
        batch.read(ByteBuffer.allocate(2048), 3);
        read("payments.service.consul");
        batch.lookUp();
        batch.begin();
        read("orders.service.consul");
        batch.lookUp();

        assertThat(address(batch.answer(0, true))).isEqualTo("10.0.0.1");
    }

    private void read(String name) {
        byte[] query = DnsClient.question(name, Type.A).toWire();
        batch.read(ByteBuffer.allocate(2048).put(0, query), query.length);
    }

    private void keep(String name, String address) {
        try {
            byte[] reply =
                    Reply.to(name, Type.A).answer(name + " 60 IN A " + address).wire();
            InstanceSet set = InstanceSet.of(reply, false);
            cache.put(Question.of(name, Type.A), new CachedAnswer(set, 0, System.nanoTime()));
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private String address(int length) throws IOException {
        return ((ARecord) reply(length).getSection(Section.ANSWER).get(0))
                .getAddress()
                .getHostAddress();
    }

    private Message reply(int length) throws IOException {
        return Handlers.parsed(handler.reply(), length);
    }

    static QueryHandler handler() {
        return handler(new AnswerCache(1 << 20, 1 << 20));
    }

    private static QueryHandler handler(AnswerCache cache) {
        Zones zones = new Zones(List.of(Zone.recursive(DomainName.ROOT, question -> new CompletableFuture<>(), 60)));
        Resolver resolver = new Resolver(zones, cache, System::nanoTime, (delay, task) -> () -> {});
        return Handlers.handler(cache, resolver, new SimpleMeterRegistry(), System::nanoTime, Runnable::run);
    }
}
