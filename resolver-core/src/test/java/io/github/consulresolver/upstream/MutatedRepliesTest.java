package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.fuzz.Corpus;
import io.github.consulresolver.fuzz.Fuzz;
import io.github.consulresolver.upstream.SentQuery.Reply;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Replies that are wrong in any way, as who asked judges them. */
class MutatedRepliesTest {
    private static final int REPLIES = 100_000;
    private static final int QUESTION = 12;
    private static final Form EDNS = new Form(1232);

    @Test
    void only_a_readable_reply_to_our_question_is_an_answer() {
        int answers = Fuzz.perMille(Corpus.replies(), REPLIES, reply -> {
            SentQuery query = querySomebodyAsked(reply);
            if (query.judge(reply) != Reply.ANSWER) {
                return false;
            }
            assertThat(reply).startsWith(query.message()[0], query.message()[1]);
            MessageReader.check(reply);
            return true;
        });
        assertThat(answers).isBetween(200, 900);
    }

    @Test
    void no_reply_to_another_id_or_question_is_an_answer() {
        Question ours = Question.of("nobody-asked-for.this.example", 1);
        int answers = Fuzz.perMille(Corpus.replies(), REPLIES, reply -> {
            int id = reply.length < 2 ? 0 : ByteBuffer.wrap(reply).getShort(0) & 0xffff;
            SentQuery otherQuestion = new SentQuery(ours, id, EDNS);
            SentQuery otherId = new SentQuery(ours, id ^ 1, EDNS);
            assertThat(otherId.judge(reply)).isEqualTo(Reply.STRANGER);
            return otherQuestion.judge(reply) == Reply.ANSWER;
        });
        assertThat(answers).isZero();
    }

    /** The query that this could be the reply to. */
    private static SentQuery querySomebodyAsked(byte[] reply) {
        int id = reply.length < 2 ? 0 : ByteBuffer.wrap(reply).getShort(0) & 0xffff;
        try {
            int length = new MessageReader(reply).questionEnd() - QUESTION;
            return new SentQuery(Question.copyOf(ByteBuffer.wrap(reply), QUESTION, length, 0), id, EDNS);
        } catch (MalformedMessageException nobody) {
            return new SentQuery(Question.of("orders.service.consul", 33), id, EDNS);
        }
    }
}
