package io.github.consulresolver.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Query.Verdict;
import io.github.consulresolver.fuzz.Corpus;
import io.github.consulresolver.fuzz.Fuzz;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages that are wrong in any way. Were all of them refused at the door, this would test the door only: see the shares. */
class MutatedMessagesTest {
    private static final int MESSAGES = 100_000;

    @Test
    void a_query_is_read_or_gets_a_verdict() {
        Query query = new Query();
        int asked = Fuzz.perMille(Corpus.queries(), MESSAGES, message -> {
            ByteBuffer within = ByteBuffer.allocate(message.length + 20).put(7, message);
            Verdict verdict = query.read(within, 7, message.length);
            assertThat(query.udpSize() >= 512).isTrue();
            if (verdict != Verdict.ASKED) {
                return false;
            }
            Question question = query.question();
            assertThat(Question.of(question.name(), question.type()).toWire()).isEqualTo(question.toWire());
            assertThat(question.matches(within, query.questionOffset(), query.questionLength(), query.questionFlags()))
                    .isEqualTo(!question.hasSubnet());
            return true;
        });
        assertThat(asked).isBetween(200, 900);
    }

    @Test
    void a_reply_is_taken_apart_and_what_is_made_of_it_can_be_read() {
        int readable = Fuzz.perMille(Corpus.replies(), MESSAGES, MutatedMessagesTest::readReply);
        assertThat(readable).isBetween(200, 900);
    }

    /** Whether it is well-formed: then both kinds of answer can be made of it, and what they write can be read, too. */
    private static boolean readReply(byte[] message) {
        try {
            MessageReader.check(message);
        } catch (MalformedMessageException malformed) {
            attempt(() -> InstanceSet.of(message, false));
            attempt(() -> VerbatimAnswer.of(message, 86_400));
            return false;
        }
        attempt(() -> InstanceSet.of(message, false, true, Set.of(DomainName.of("consul"))));
        try {
            InstanceSet set = InstanceSet.of(message, false);
            int question = new MessageReader(message).questionEnd();
            MessageReader.check(Assembled.wire(set, Arrays.copyOfRange(message, Header.LENGTH, question)));

            VerbatimAnswer answer = verbatim(message);
            if (answer == null) {
                return false;
            }
            ByteBuffer kept = ByteBuffer.wrap(answer.message());
            for (int record = 0; record < answer.records(); record++) {
                assertThat(kept.getInt(answer.ttlOffset(record)) >>> 1 <= 43_200)
                        .isTrue();
            }
            MessageReader.check(answer.aged(100));
            return true;
        } catch (MalformedMessageException contradiction) {
            throw new AssertionError("what was checked could not be used", contradiction);
        }
    }

    /** Null where a name leads through a TTL: such a message is well-formed, but cannot be kept. */
    private static @Nullable VerbatimAnswer verbatim(byte[] message) {
        try {
            return VerbatimAnswer.of(message, 86_400);
        } catch (MalformedMessageException cannotBeKept) {
            return null;
        }
    }

    private static void attempt(Reading reading) {
        try {
            reading.read();
        } catch (MalformedMessageException expected) {
            // It may also pass: a name that nobody had to read may be the malformed one.
        }
    }

    private interface Reading {
        AnswerSet read() throws MalformedMessageException;
    }
}
