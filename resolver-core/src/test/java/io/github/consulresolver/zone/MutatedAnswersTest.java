package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.fuzz.Corpus;
import io.github.consulresolver.fuzz.Fuzz;
import io.github.consulresolver.fuzz.Mutator;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.zone.CatalogInstance.Addresses;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Upstreams that say anything that can be read: aliases and targets across borders, cut answers, odd records. */
class MutatedAnswersTest {
    private static final int ANSWERS = 40_000;

    /** Well-formed mutants; zones are given nothing else. */
    private final Mutator strange = new Mutator(Corpus.replies(), Fuzz.random());

    /** What the agents of the corpus had, so that some of their answers can be completed. */
    private final List<CatalogInstance> catalog = List.of(
            instance("web0", "10.0.0.1", "", 8080),
            instance("web1", "10.0.0.2", "10.1.0.2", 8081),
            instance("web2", "10.0.0.3", "10.1.0.3", 8082),
            instance("six", "fd00::6", "", 80),
            instance("ext", "db.example.com", "", 5432));

    private Question asked = Question.of("nobody.example", 1);
    private byte[] first = {};

    private final Upstream anything =
            question -> CompletableFuture.completedFuture(question.equals(asked) ? first : answerTo(question));

    @Test
    void whatever_an_upstream_says_becomes_an_answer_or_an_upstream_failure() {
        ConsulSettings settings = new ConsulSettings(
                DomainName.of("consul"),
                TtlOverrides.NONE,
                () -> 3,
                lookup -> CompletableFuture.completedFuture(catalog));
        Zones zones = new Zones(List.of(
                Zone.consul(DomainName.of("consul"), anything, settings),
                Zone.recursive(DomainName.of("in-addr.arpa"), anything, 86_400),
                Zone.recursive(DomainName.ROOT, anything, 86_400)));
        VirtualTime time = new VirtualTime();
        Resolver resolver = new Resolver(zones, new AnswerCache(1 << 20, 1 << 20), time, time);

        int answered = Fuzz.perMille(Corpus.replies(), ANSWERS, reply -> {
            if (!isReadable(reply)) {
                return false;
            }
            asked = questionOf(reply);
            first = reply;
            CompletableFuture<Resolution> answer = resolver.resolve(asked);
            assertThat(answer).as("nobody waits for ever").isDone();
            try {
                CachedAnswer kept = answer.join().answer();
                assertThat(kept.answers().ttl()).isNotNegative();
                assertThat(kept.answers().weight()).isPositive();
                return true;
            } catch (CompletionException failure) {
                assertThat(failure).hasCauseInstanceOf(UpstreamException.class);
                return false;
            }
        });
        assertThat(answered).isBetween(200, 900);
        assertThat(resolver.underWay()).isZero();
    }

    @Test
    void what_is_made_of_a_cut_answer_and_the_catalog_can_be_read() {
        int made = Fuzz.perMille(Corpus.replies(), ANSWERS, reply -> {
            if (!isReadable(reply)) {
                return false;
            }
            reply[Header.FLAGS] |= Header.TC >> 8;
            byte[] whole = completed(questionOf(reply), reply);
            MessageReader.check(whole);
            return !Arrays.equals(whole, reply);
        });
        assertThat(made).isPositive();
    }

    private byte[] completed(Question question, byte[] reply) {
        ConsulSettings settings = new ConsulSettings(
                DomainName.of("consul"),
                TtlOverrides.NONE,
                () -> 0,
                lookup -> CompletableFuture.completedFuture(catalog));
        return new CatalogCompletion(
                        DomainName.of("consul"), settings, asked -> CompletableFuture.completedFuture(reply))
                .ask(question)
                .join();
    }

    /** The next mutant that can be read, as if it were the answer to this question. */
    private byte[] answerTo(Question question) {
        while (true) {
            byte[] reply = strange.next();
            if (isReadable(reply)) {
                try {
                    return renamed(new Message(reply), question);
                } catch (IOException notForDnsjava) {
                    // The next one is.
                }
            }
        }
    }

    private static byte[] renamed(Message reply, Question question) throws IOException {
        Name before = reply.getQuestion().getName();
        Name name = Name.fromString(question.name(), Name.root);
        Message renamed = new Message(reply.getHeader().getID());
        renamed.getHeader().setFlag(Flags.QR);
        renamed.getHeader().setRcode(reply.getRcode() & 15);
        renamed.addRecord(Record.newRecord(name, question.type(), DClass.IN), Section.QUESTION);
        for (int section = Section.ANSWER; section <= Section.ADDITIONAL; section++) {
            for (Record record : reply.getSection(section)) {
                boolean ours = record.getName().equals(before);
                renamed.addRecord(ours ? record.withName(name) : record, section);
            }
        }
        return renamed.toWire();
    }

    private static boolean isReadable(byte[] reply) {
        try {
            MessageReader.check(reply);
            return true;
        } catch (MalformedMessageException malformed) {
            return false;
        }
    }

    private static Question questionOf(byte[] reply) {
        try {
            int end = new MessageReader(reply).questionEnd();
            return Question.copyOf(ByteBuffer.wrap(reply), Header.LENGTH, end - Header.LENGTH, 0);
        } catch (MalformedMessageException checked) {
            throw new AssertionError(checked);
        }
    }

    private static CatalogInstance instance(String node, String address, String ofService, int port) {
        return new CatalogInstance(
                node, "dc1", new Addresses(address, "", ""), new Addresses(ofService, "", ""), port, 1);
    }
}
