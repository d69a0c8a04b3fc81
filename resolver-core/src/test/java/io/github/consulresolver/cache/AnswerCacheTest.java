package io.github.consulresolver.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class AnswerCacheTest {
    private static final Question ORDERS = Question.of("orders.service.consul", Type.A);
    /** Near the end of the numbers: the clock of {@link System#nanoTime} may overflow, and times are compared all the same. */
    private static final long NOON = Long.MAX_VALUE - 5;

    /** How many names are asked for again and again. */
    private static final int HOT = 50;

    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 16);

    @Test
    void an_answer_is_fresh_until_its_TTL_has_run_out() {
        CachedAnswer answer = positive(10);

        assertThat(answer.isFresh(NOON)).isTrue();
        assertThat(answer.isFresh(NOON + seconds(10) - 1)).isTrue();
        assertThat(answer.isFresh(NOON + seconds(10))).isFalse();
    }

    @Test
    void an_answer_with_the_largest_TTL_is_fresh() {
        assertThat(positive(Integer.MAX_VALUE).isFresh(NOON + seconds(1_000_000)))
                .isTrue();
    }

    @Test
    void an_answer_with_TTL_0_is_never_fresh() {
        assertThat(positive(0).isFresh(NOON)).isFalse();
    }

    /** An event loop reads its clock once for many queries. */
    @Test
    void an_answer_with_TTL_0_is_not_fresh_for_a_clock_read_before_it_came_either() {
        assertThat(positive(0).isFresh(NOON - 1)).isFalse();
        assertThat(positive(1).isFresh(NOON - 1)).isTrue();
    }

    @Test
    void an_answer_is_far_from_its_end_for_nine_tenths_of_its_TTL() {
        CachedAnswer answer = positive(10);

        assertThat(answer.isFarFromItsEnd(NOON - 1)).isTrue();
        assertThat(answer.isFarFromItsEnd(NOON)).isTrue();
        assertThat(answer.isFarFromItsEnd(NOON + seconds(9) - 1)).isTrue();
        assertThat(answer.isFarFromItsEnd(NOON + seconds(9))).isFalse();
        assertThat(answer.isFarFromItsEnd(NOON + seconds(11))).isFalse();
    }

    @Test
    void an_answer_with_TTL_0_is_never_far_from_its_end() {
        assertThat(positive(0).isFarFromItsEnd(NOON)).isFalse();
        assertThat(positive(0).isFarFromItsEnd(NOON - 1)).isFalse();
    }

    @Test
    void an_answer_with_the_largest_TTL_is_far_from_its_end() {
        assertThat(positive(Integer.MAX_VALUE).isFarFromItsEnd(NOON + seconds(1_000_000)))
                .isTrue();
    }

    @Test
    void the_third_who_asks_near_the_end_makes_an_answer_wanted_and_no_other() {
        CachedAnswer answer = positive(10);

        assertThat(List.of(
                        answer.isWanted(), answer.isWanted(), answer.isWanted(), answer.isWanted(), answer.isWanted()))
                .containsExactly(false, false, true, false, false);
    }

    @Test
    void an_answer_of_less_than_5_s_is_never_wanted() {
        CachedAnswer answer = positive(4);

        assertThat(List.of(answer.isWanted(), answer.isWanted(), answer.isWanted(), answer.isWanted()))
                .containsOnly(false);
    }

    @Test
    void age_counts_whole_seconds_and_is_never_negative() {
        CachedAnswer answer = positive(10);

        assertThat(answer.age(NOON - seconds(2))).isZero();
        assertThat(answer.age(NOON + seconds(2) - 1)).isEqualTo(1);
        assertThat(answer.age(NOON + seconds(2))).isEqualTo(2);
    }

    @Test
    void what_lies_at_and_below_a_name_can_be_dropped() throws MalformedMessageException {
        Question apex = Question.of("alt.example", Type.A);
        Question below = Question.of("web.service.ALT.example", Type.SRV);
        Question missing = Question.of("none.alt.example", Type.A);
        Question beside = Question.of("notalt.example", Type.A);
        cache.put(apex, positive(10));
        cache.put(below, positive(10));
        cache.put(beside, positive(10));
        InstanceSet nothing = InstanceSet.of(
                Reply.to("none.alt.example.", Type.A).rcode(Rcode.NXDOMAIN).wire(), false);
        cache.put(missing, new CachedAnswer(nothing, 0, NOON));

        cache.removeBelow(DomainName.of("alt.example"));

        assertThat(cache.get(apex)).isNull();
        assertThat(cache.get(below)).isNull();
        assertThat(cache.get(missing)).isNull();
        assertThat(cache.get(beside)).isNotNull();
    }

    @Test
    void an_answer_with_TTL_0_is_kept() {
        CachedAnswer answer = positive(0);
        cache.put(ORDERS, answer);

        assertThat(cache.get(ORDERS)).isSameAs(answer);
    }

    @Test
    void an_answer_past_its_TTL_is_kept() {
        CachedAnswer answer = positive(1);
        cache.put(ORDERS, answer);

        assertThat(answer.isFresh(NOON + seconds(2))).isFalse();
        assertThat(cache.get(ORDERS)).isSameAs(answer);
    }

    @Test
    void what_was_never_kept_is_not_there() {
        assertThat(cache.get(ORDERS)).isNull();
        assertThat(find("orders.service.consul", Type.A, 0)).isNull();
    }

    @Test
    void a_later_answer_replaces_an_earlier_one() {
        CachedAnswer later = positive(20);
        cache.put(ORDERS, positive(10));
        cache.put(ORDERS, later);

        assertThat(cache.get(ORDERS)).isSameAs(later);
        assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void a_negative_answer_replaces_a_positive_one() {
        CachedAnswer negative = negative();
        cache.put(ORDERS, positive(10));
        cache.put(ORDERS, negative);

        assertThat(cache.get(ORDERS)).isSameAs(negative);
        assertThat(cache.size()).isZero();
        assertThat(cache.negativeSize()).isEqualTo(1);
    }

    @Test
    void a_positive_answer_replaces_a_negative_one() {
        CachedAnswer positive = positive(10);
        cache.put(ORDERS, negative());
        cache.put(ORDERS, positive);

        assertThat(cache.get(ORDERS)).isSameAs(positive);
        assertThat(cache.size()).isEqualTo(1);
        assertThat(cache.negativeSize()).isZero();
    }

    @Test
    void a_flood_of_names_that_do_not_exist_leaves_the_others_alone() {
        CachedAnswer positive = positive(10);
        cache.put(ORDERS, positive);
        for (int i = 0; i < 10_000; i++) {
            cache.put(Question.of("no" + i + ".service.consul", Type.A), negative());
        }

        assertThat(cache.get(ORDERS)).isSameAs(positive);
        assertThat(cache.negativeSize()).isBetween(1L, 1_000L);
        assertThat(cache.negativeWeight()).isBetween(1L, 1L << 16);
    }

    @Test
    void a_flood_of_names_that_do_not_exist_leaves_alone_what_a_name_does_not_have() {
        CachedAnswer nothing = answer(Reply.to("orders.service.consul.", Type.AAAA)
                .authority("consul. 0 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 0"));
        Question orders6 = Question.of("orders.service.consul", Type.AAAA);
        cache.put(orders6, nothing);
        for (int i = 0; i < 10_000; i++) {
            cache.put(Question.of("no" + i + ".service.consul", Type.A), negative());
        }

        assertThat(cache.get(orders6)).isSameAs(nothing);
    }

    @Test
    void a_flood_of_names_that_fail_leaves_the_others_alone() {
        CachedAnswer positive = positive(10);
        cache.put(ORDERS, positive);
        for (int i = 0; i < 10_000; i++) {
            Question question = Question.of("no" + i + ".service.consul", Type.A);
            cache.put(question, new CachedAnswer(VerbatimAnswer.failureOf(question), 0, NOON));
        }

        assertThat(cache.get(ORDERS)).isSameAs(positive);
        assertThat(cache.negativeWeight()).isBetween(1L, 1L << 16);
    }

    @Test
    void the_answers_weigh_no_more_than_allowed() {
        for (int i = 0; i < 20_000; i++) {
            cache.put(Question.of("s" + i + ".service.consul", Type.A), positive(10));
        }

        assertThat(cache.weight()).isBetween(1L << 19, 1L << 20);
        assertThat(cache.size()).isBetween(1L, 10_000L);
    }

    /** Readers tell of a few of their hits only; those are enough. */
    @Test
    void what_readers_ask_for_again_and_again_outlives_a_flood_of_other_names() {
        AnswerCache.Reader reader = cache.reader();
        int lost = 0;
        for (int i = 0; i < 40_000; i++) {
            cache.put(Question.of("s" + i + ".service.consul", Type.A), positive(10));
            for (int each = 0; each < 4; each++) {
                Question hot = hot((i * 4 + each) % HOT);
                byte[] wire = hot.toWire();
                if (reader.find(ByteBuffer.wrap(wire), 0, wire.length, 0) == null) {
                    lost++;
                    cache.put(hot, positive(10));
                }
            }
        }

        // The first time, and hardly one more when the cache is full for the first time.
        assertThat(lost).isBetween(HOT, HOT + 10);
        assertThat(cache.size()).isLessThan(10_000);
    }

    private static Question hot(int number) {
        return Question.of("hot" + number + ".service.consul", Type.A);
    }

    @Test
    void what_is_dropped_for_room_is_not_found_and_what_is_kept_is() {
        for (int i = 0; i < 20_000; i++) {
            cache.put(Question.of("s" + i + ".service.consul", Type.A), positive(10));
            cache.put(Question.of("no" + i + ".service.consul", Type.A), negative());
        }

        assertThat(cache.found()).isEqualTo(cache.size() + cache.negativeSize());
        assertThat(cache.found()).isLessThan(20_000);
    }

    @Test
    void what_is_too_heavy_to_be_kept_is_not_found_either() {
        AnswerCache small = new AnswerCache(100, 100);
        small.put(ORDERS, positive(10));
        small.put(ORDERS, negative());

        assertThat(small.found()).isZero();
    }

    @Test
    void what_is_dropped_by_name_is_not_found() {
        cache.put(ORDERS, positive(10));
        cache.removeBelow(DomainName.of("consul"));

        assertThat(cache.found()).isZero();
        assertThat(find("orders.service.consul", Type.A, 0)).isNull();
    }

    @Test
    void whoever_puts_at_the_same_time_one_answer_to_a_question_is_kept() {
        CachedAnswer positive = positive(10);
        CachedAnswer negative = negative();
        CompletableFuture<?>[] writers = IntStream.range(0, 4)
                .mapToObj(writer -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < 20_000; i++) {
                                cache.put(hot(i % 7), (i + writer) % 2 == 0 ? positive : negative);
                            }
                        },
                        task -> new Thread(task).start()))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(writers).join();

        assertThat(cache.found()).isEqualTo(7);
        assertThat(cache.size() + cache.negativeSize()).isEqualTo(7);
    }

    @Test
    void an_answer_heavier_than_all_that_is_allowed_is_not_kept() {
        AnswerCache small = new AnswerCache(100, 100);
        small.put(ORDERS, positive(10));

        assertThat(small.get(ORDERS)).isNull();
    }

    @Test
    void a_reader_finds_an_answer_whatever_the_case_of_the_question() {
        CachedAnswer answer = positive(10);
        cache.put(ORDERS, answer);

        assertThat(find("orders.service.consul", Type.A, 0)).isSameAs(answer);
        assertThat(find("oRDERS.Service.CONSUL", Type.A, 0)).isSameAs(answer);
        assertThat(find("orders.service.consul", Type.AAAA, 0)).isNull();
        assertThat(find("order.service.consul", Type.A, 0)).isNull();
    }

    @Test
    void a_reader_finds_negative_answers_too() {
        CachedAnswer negative = negative();
        cache.put(ORDERS, negative);

        assertThat(find("ORDERS.service.consul", Type.A, 0)).isSameAs(negative);
    }

    @Test
    void a_reader_finds_each_of_many_answers() {
        AnswerCache.Reader reader = cache.reader();
        CachedAnswer answer = positive(10);
        for (int i = 0; i < 1_000; i++) {
            cache.put(Question.of("s" + i + ".service.consul", Type.A), answer);
        }

        for (int i = 0; i < 1_000; i++) {
            ByteBuffer wire = ByteBuffer.wrap(
                    Question.of("s" + i + ".service.consul", Type.A).toWire());
            assertThat(reader.find(wire, 0, wire.capacity(), 0)).isSameAs(answer);
        }
    }

    @Test
    void what_a_reader_looked_for_in_vain_is_found_once_it_is_there() {
        find("orders.service.consul", Type.A, 0);
        CachedAnswer answer = positive(10);
        cache.put(ORDERS, answer);

        assertThat(find("orders.service.consul", Type.A, 0)).isSameAs(answer);
    }

    @Test
    void questions_with_DO_or_CD_have_answers_of_their_own() {
        CachedAnswer plain = positive(10);
        CachedAnswer signed = positive(11);
        CachedAnswer unchecked = positive(12);
        byte[] wire = ORDERS.toWire();
        cache.put(ORDERS, plain);
        cache.put(question(wire, Question.DNSSEC_OK), signed);
        cache.put(question(wire, Question.CHECKING_DISABLED), unchecked);

        assertThat(find("orders.service.consul", Type.A, 0)).isSameAs(plain);
        assertThat(find("orders.service.consul", Type.A, Question.DNSSEC_OK)).isSameAs(signed);
        assertThat(find("orders.service.consul", Type.A, Question.CHECKING_DISABLED))
                .isSameAs(unchecked);
        assertThat(find("orders.service.consul", Type.A, Question.DNSSEC_OK | Question.CHECKING_DISABLED))
                .isNull();
    }

    private static Question question(byte[] wire, int flags) {
        return Question.copyOf(ByteBuffer.wrap(wire), 0, wire.length, flags);
    }

    /** Asks a reader with the name's case as given, in the middle of a direct buffer. */
    private CachedAnswer find(String name, int type, int flags) {
        byte[] wire = Question.of(name, type).toWire();
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < text.length; i++) {
            wire[i + 1] = text[i] == '.' ? wire[i + 1] : text[i];
        }
        ByteBuffer message = ByteBuffer.allocateDirect(wire.length + 12).put(12, wire);
        return cache.reader().find(message, 12, wire.length, flags);
    }

    private static CachedAnswer positive(int ttl) {
        return answer(
                Reply.to("orders.service.consul.", Type.A).answer("orders.service.consul. " + ttl + " IN A 10.0.0.1"));
    }

    private static CachedAnswer negative() {
        return answer(Reply.to("orders.service.consul.", Type.A)
                .rcode(Rcode.NXDOMAIN)
                .authority("consul. 0 IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 0"));
    }

    private static CachedAnswer answer(Reply reply) {
        try {
            return new CachedAnswer(InstanceSet.of(reply.wire(), false), 0, NOON);
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private static long seconds(int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
