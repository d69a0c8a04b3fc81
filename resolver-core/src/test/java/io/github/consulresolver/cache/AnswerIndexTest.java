package io.github.consulresolver.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class AnswerIndexTest {
    private static final CachedAnswer ANSWER = answer();

    private final AnswerIndex index = new AnswerIndex();

    @Test
    void an_entry_is_found_by_its_question_and_by_the_wire_form_of_that() {
        Entry entry = entry(1);
        index.put(entry);

        assertThat(index.find(entry.question())).isSameAs(entry);
        assertThat(findWire(entry.question())).isSameAs(entry);
        assertThat(index.likely(entry.question().hashCode())).isSameAs(entry);
        assertThat(index.find(question(2))).isNull();
        assertThat(findWire(question(2))).isNull();
        assertThat(index.likely(question(2).hashCode())).isNull();
    }

    @Test
    void each_of_many_is_found_while_the_table_grows() {
        for (int number = 0; number < 20_000; number++) {
            index.put(entry(number));
        }

        assertThat(index.size()).isEqualTo(20_000);
        for (int number = 0; number < 20_000; number++) {
            Question question = question(number);
            assertThat(findWire(question)).isNotNull().isSameAs(index.find(question));
        }
    }

    @Test
    void a_later_entry_takes_the_place_of_an_earlier_one() {
        Entry earlier = entry(1);
        Entry later = entry(1);
        index.put(earlier);
        index.put(later);

        assertThat(index.find(question(1))).isSameAs(later);
        assertThat(index.size()).isEqualTo(1);
    }

    @Test
    void an_entry_that_has_lost_its_place_takes_no_later_one_out() {
        Entry earlier = entry(1);
        Entry later = entry(1);
        index.put(earlier);
        index.put(later);
        index.remove(earlier);

        assertThat(index.find(question(1))).isSameAs(later);

        index.remove(later);

        assertThat(index.find(question(1))).isNull();
        assertThat(index.size()).isZero();
    }

    /** Against a map of the JDK's, through every state a slot can be in. */
    @Test
    void whatever_comes_and_goes_the_index_has_what_is_there() {
        SplittableRandom random = new SplittableRandom(11);
        Map<Question, Entry> expected = new HashMap<>();
        for (int step = 0; step < 200_000; step++) {
            int number = random.nextInt(3_000);
            Entry entry = entry(number);
            // By turns more come than go, and more go than come.
            if (random.nextInt(10) < (step / 20_000 % 2 == 0 ? 7 : 2)) {
                index.put(entry);
                expected.put(entry.question(), entry);
            } else {
                Entry gone = expected.remove(entry.question());
                index.remove(gone == null ? entry : gone);
            }
            Question asked = question(random.nextInt(3_000));
            assertThat(findWire(asked)).isSameAs(expected.get(asked));
        }

        assertThat(index.size()).isEqualTo(expected.size());
        expected.forEach((question, entry) -> assertThat(index.find(question)).isSameAs(entry));
    }

    @Test
    void names_that_come_and_go_for_ever_leave_nothing_behind() {
        for (int number = 0; number < 300_000; number++) {
            index.put(entry(number));
            if (number >= 500) {
                index.remove(requireNonNull(index.find(question(number - 500))));
            }
        }

        assertThat(index.size()).isEqualTo(500);
        assertThat(index.slots()).isLessThanOrEqualTo(2048);
    }

    @Test
    void what_is_there_is_found_at_every_moment_while_others_come_and_go() {
        for (int number = 0; number < 500; number++) {
            index.put(entry(number));
        }
        AtomicBoolean ended = new AtomicBoolean();
        CompletableFuture<Integer> missed = CompletableFuture.supplyAsync(() -> {
            int misses = 0;
            int number = 0;
            do {
                number = (number + 1) % 500;
                misses += findWire(question(number)) == null ? 1 : 0;
            } while (!ended.get());
            return misses;
        });

        for (int round = 0; round < 5; round++) {
            // Enough for the table to grow, and to be made anew for the many that are gone.
            for (int number = 500; number < 5_000; number++) {
                index.put(entry(number));
            }
            for (int number = 500; number < 5_000; number++) {
                index.remove(requireNonNull(index.find(question(number))));
            }
        }
        ended.set(true);

        assertThat(missed.join()).isZero();
    }

    private Entry findWire(Question question) {
        byte[] wire = question.toWire();
        ByteBuffer buffer = ByteBuffer.wrap(wire);
        return index.find(buffer, 0, wire.length, 0, Question.hash(buffer, 0, wire.length, 0));
    }

    private static Entry entry(int number) {
        return new Entry(question(number), ANSWER);
    }

    private static Question question(int number) {
        return Question.of("s" + number + ".service.consul", Type.A);
    }

    private static CachedAnswer answer() {
        try {
            byte[] reply = Reply.to("orders.service.consul.", Type.A)
                    .answer("orders.service.consul. 10 IN A 10.0.0.1")
                    .wire();
            return new CachedAnswer(InstanceSet.of(reply, false), 0, 0);
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }
}
