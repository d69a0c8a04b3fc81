package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.fuzz.Corpus;
import io.github.consulresolver.fuzz.Fuzz;
import io.github.consulresolver.fuzz.Mutator;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.VirtualTime;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;

/** Queries that are wrong in any way, in front of upstreams whose replies are: a query's whole way, but for the sockets. */
class MutatedQueriesTest {
    private static final int QUERIES = 60_000;
    private static final int HEADER = 12;

    private final SplittableRandom random = Fuzz.random();
    private final VirtualTime time = new VirtualTime();
    private final Mutator strange = new Mutator(Corpus.replies(), random);
    private final Map<Question, byte[]> known = known();
    private final QueryHandler handler = handler();
    private @Nullable Message last;

    @ParameterizedTest
    @EnumSource
    void a_query_gets_a_reply_that_answers_it_or_silence(Protocol protocol) {
        int answered = Fuzz.perMille(Corpus.queries(), QUERIES, bytes -> {
            int offset = random.nextInt(8);
            ByteBuffer within = ByteBuffer.allocate(offset + bytes.length + 8).put(offset, bytes);
            time.passMillis(5);
            handler.tick();
            int length = handler.handle(within, offset, bytes.length, protocol, true);
            if (length == QueryHandler.LATER) {
                last = null;
                handler.answerLater(
                        ByteBuffer.wrap(bytes),
                        new ClientKey(1),
                        protocol,
                        (reply, late) -> check(bytes, reply, late, protocol));
                assertThat(last).as("nobody waits for ever").isNotNull();
            } else if (length == QueryHandler.NOTHING) {
                assertThat(bytes.length < HEADER || bytes[2] < 0)
                        .as("only what is no query gets no reply")
                        .isTrue();
                return false;
            } else {
                check(bytes, handler.reply(), length, protocol);
            }
            return last != null && last.getRcode() == 0;
        });
        assertThat(answered).isBetween(100, 900);
        assertThat(handler.waiting()).isZero();
    }

    private void check(byte[] query, ByteBuffer reply, int length, Protocol protocol) {
        byte[] bytes = new byte[length];
        reply.get(0, bytes);
        try {
            Message message = new Message(bytes);
            assertThat(message.getHeader().getID()).isEqualTo((query[0] & 0xff) << 8 | query[1] & 0xff);
            assertThat(bytes[2] & 0xf8).as("QR and the operation").isEqualTo(0x80 | query[2] & 0x78);
            Query asked = new Query();
            asked.read(ByteBuffer.wrap(query), 0, query.length);
            assertThat(message.getOPT() != null).as("OPT for OPT").isEqualTo(asked.hasEdns());
            assertThat(length).isLessThanOrEqualTo(protocol == Protocol.UDP ? asked.udpSize() : 0xffff);
            last = message;
        } catch (IOException unreadable) {
            throw new AssertionError("a reply that cannot be read", unreadable);
        }
    }

    private QueryHandler handler() {
        Upstream upstream = this::answer;
        Zones zones = new Zones(List.of(
                Zone.consul(DomainName.of("consul"), upstream), Zone.recursive(DomainName.ROOT, upstream, 86_400)));
        AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
        Resolver resolver = new Resolver(zones, cache, time, time);
        return Handlers.handler(cache, resolver, new SimpleMeterRegistry(), time, Runnable::run);
    }

    /** What the corpus has of the question, mutated now and then; a failure where it has nothing. */
    private CompletableFuture<byte[]> answer(Question question) {
        byte[] right = known.get(question);
        byte[] wrong = strange.next();
        if (right == null || random.nextInt(4) == 0) {
            right = isAnswerTo(question, wrong) ? wrong : right;
        }
        return right == null
                ? CompletableFuture.failedFuture(new UpstreamException(Reason.TIMEOUT, "nobody knows"))
                : CompletableFuture.completedFuture(right);
    }

    private static boolean isAnswerTo(Question question, byte[] reply) {
        try {
            MessageReader.check(reply);
            return question.matches(ByteBuffer.wrap(reply), HEADER, question.length(), question.flags());
        } catch (MalformedMessageException malformed) {
            return false;
        }
    }

    private static Map<Question, byte[]> known() {
        Map<Question, byte[]> known = new HashMap<>();
        for (byte[] reply : Corpus.replies()) {
            try {
                int length = new MessageReader(reply).questionEnd() - HEADER;
                known.put(Question.copyOf(ByteBuffer.wrap(reply), HEADER, length, 0), reply);
            } catch (MalformedMessageException withoutQuestion) {
                // An agent's NOTIMP.
            }
        }
        return known;
    }
}
