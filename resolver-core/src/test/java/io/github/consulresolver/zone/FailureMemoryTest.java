package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What is not asked again because it failed a moment ago (RFC 9520). */
class FailureMemoryTest {
    private static final Question ORDERS = Question.of("orders.service.consul.", Type.A);
    private static final Question DB = Question.of("db.service.consul.", Type.A);
    private static final Question WWW = Question.of("www.example.com.", Type.A);
    private static final Question MAIL = Question.of("mail.example.com.", Type.A);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time)
            .knows("orders.service.consul.", Type.A, "orders.service.consul. 0 IN A 10.0.0.1")
            .knows("db.service.consul.", Type.A, "db.service.consul. 0 IN A 10.0.0.2");
    private final Script recursor = new Script(time)
            .knows("www.example.com.", Type.A, "www.example.com. 60 IN A 192.0.2.1")
            .knows("mail.example.com.", Type.A, "mail.example.com. 0 IN A 192.0.2.2");
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), agent), Zone.recursive(DomainName.ROOT, recursor, 86_400))),
            cache,
            time,
            time);

    private Client ask(Question question) {
        return Client.asks(resolver, question, time);
    }

    @Test
    void what_failed_is_not_asked_again_for_a_second() {
        agent.isGone();
        ask(ORDERS);
        time.passMillis(999);

        assertThat(ask(ORDERS).failure()).isEqualTo(Reason.UNREACHABLE);
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void after_a_second_it_is_asked_again() {
        agent.isGone();
        ask(ORDERS);
        agent.answers();
        time.passMillis(1000);

        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void under_consul_the_pause_doubles_to_2_s() {
        agent.isGone();

        assertThat(secondsOfQuestions(ORDERS, agent, 8)).containsExactly(0, 1, 3, 5, 7);
    }

    @Test
    void elsewhere_the_pause_doubles_to_5_s() {
        recursor.says(Rcode.SERVFAIL);

        assertThat(secondsOfQuestions(WWW, recursor, 20)).containsExactly(0, 1, 3, 7, 12, 17);
    }

    private List<Integer> secondsOfQuestions(Question question, Script upstream, int seconds) {
        List<Integer> asked = new ArrayList<>();
        for (int second = 0; second <= seconds; second++) {
            int before = upstream.asked();
            ask(question);
            time.pass(Duration.ofMillis(500));
            ask(question);
            time.pass(Duration.ofMillis(500));
            if (upstream.asked() > before) {
                asked.add(second);
            }
        }
        return asked;
    }

    @Test
    void ten_thousand_who_ask_for_a_name_that_fails_at_once_are_two_questions() {
        recursor.says(Rcode.SERVFAIL);
        for (int i = 0; i < 10_000; i++) {
            ask(WWW);
            time.pass(Duration.ofNanos(200_000));
        }
        assertThat(recursor.asked()).isEqualTo(2);
    }

    @Test
    void who_asks_too_soon_does_not_wait() {
        recursor.isSilent();
        ask(WWW);
        time.passMillis(4_500);
        Client next = ask(WWW);

        assertThat(next.failure()).isEqualTo(Reason.TIMEOUT);
        assertThat(next.waited()).isZero();
    }

    @Test
    void the_memory_of_a_failure_can_be_used_without_asking_anybody() {
        recursor.isGone();
        ask(WWW);
        CachedAnswer kept = cache.get(WWW);

        assertThat(kept).isNotNull();
        assertThat(resolver.use(kept, time.getAsLong())).isEqualTo(Use.FAILED);
    }

    @Test
    void a_failure_says_nothing_of_other_questions() {
        recursor.says(Rcode.SERVFAIL, WWW);
        ask(WWW);

        assertThat(ask(MAIL).hasFresh()).isTrue();
        assertThat(ask(Question.of("www.example.com.", Type.AAAA)).rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void a_failure_is_forgotten_as_soon_as_a_silent_upstream_answers_anything() {
        recursor.isSilent();
        ask(WWW);
        time.passMillis(4_600);
        recursor.answers();
        assertThat(ask(MAIL).hasFresh()).isTrue();

        assertThat(ask(WWW).hasFresh()).isTrue();
    }

    @Test
    void failures_are_forgotten_as_soon_as_an_agent_has_a_leader_again() {
        agent.says(Rcode.SERVFAIL);
        ask(ORDERS);
        ask(DB);
        time.passMillis(100);
        agent.answers();
        assertThat(ask(Question.of("third.service.consul.", Type.A)).rcode()).isEqualTo(Rcode.NXDOMAIN);

        assertThat(ask(ORDERS).hasFresh()).isTrue();
        assertThat(ask(DB).hasFresh()).isTrue();
    }

    @Test
    void the_trouble_of_one_name_is_not_forgotten_because_others_are_answered() {
        recursor.says(Rcode.SERVFAIL, WWW);
        ask(WWW);
        int asked = recursor.asked(WWW);
        for (int i = 0; i < 90; i++) {
            time.passMillis(10);
            assertThat(ask(MAIL).hasFresh()).isTrue();
            assertThat(ask(WWW).failure()).isEqualTo(Reason.REFUSED);
        }
        assertThat(recursor.asked(WWW)).isEqualTo(asked);
    }

    @Test
    void the_silence_about_one_name_is_not_forgotten_because_others_are_answered() {
        recursor.isSilentAbout(WWW);
        ask(WWW);
        time.passMillis(1_000);
        ask(MAIL);
        time.passMillis(3_500);
        ask(MAIL);
        time.passMillis(500);
        int asked = recursor.asked(WWW);

        assertThat(ask(WWW).failure()).isEqualTo(Reason.TIMEOUT);
        assertThat(recursor.asked(WWW)).isEqualTo(asked);
    }

    @Test
    void a_failure_never_takes_the_place_of_data() {
        ask(ORDERS);
        CachedAnswer data = cache.get(ORDERS);
        time.passMillis(1);
        agent.isGone();
        ask(ORDERS);

        assertThat(cache.get(ORDERS)).isSameAs(data);
        assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void a_failure_never_takes_the_place_of_data_that_are_too_old_either() {
        ask(ORDERS);
        CachedAnswer data = cache.get(ORDERS);
        time.pass(Duration.ofHours(2));
        agent.isGone();

        assertThat(ask(ORDERS).failure()).isEqualTo(Reason.UNREACHABLE);
        assertThat(cache.get(ORDERS)).isSameAs(data);
    }

    @Test
    void a_fresh_answer_is_given_whatever_failed_since() {
        ask(WWW);
        time.passMillis(1);
        recursor.isGone();
        ask(MAIL);
        time.pass(Duration.ofSeconds(30));

        assertThat(ask(WWW).hasFresh()).isTrue();
    }

    @Test
    void after_a_success_the_next_failure_is_the_first_again() {
        recursor.isGone();
        ask(MAIL);
        time.pass(Duration.ofSeconds(1));
        ask(MAIL);
        time.pass(Duration.ofSeconds(2));
        recursor.answers();
        assertThat(ask(MAIL).hasFresh()).isTrue();
        time.pass(Duration.ofDays(2));
        recursor.isGone();
        ask(MAIL);
        time.pass(Duration.ofSeconds(1));
        int asked = recursor.asked();
        ask(MAIL);

        assertThat(recursor.asked()).isGreaterThan(asked);
    }

    @Test
    void a_failure_of_long_ago_does_not_lengthen_the_next_pause() {
        recursor.isGone();
        secondsOfQuestions(WWW, recursor, 10);
        time.pass(Duration.ofMinutes(5));
        int asked = recursor.asked();
        ask(WWW);
        time.pass(Duration.ofSeconds(1));
        ask(WWW);

        assertThat(recursor.asked()).isEqualTo(asked + 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"OVERLOADED", "NO_UPSTREAM"})
    void our_own_troubles_are_not_remembered(Reason ours) {
        recursor.fails(ours);
        ask(WWW);
        recursor.answers();

        assertThat(ask(WWW).hasFresh()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP})
    void a_refusal_is_remembered(int rcode) {
        agent.says(rcode);
        assertThat(ask(ORDERS).rcode()).isEqualTo(rcode);

        assertThat(ask(ORDERS).failure()).isEqualTo(Reason.REFUSED);
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void that_there_is_no_such_name_is_no_failure() {
        Question missing = Question.of("missing.service.consul.", Type.A);
        ask(missing);
        ask(missing);

        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void memories_are_within_the_bounds_of_negative_answers() {
        AnswerCache small = new AnswerCache(1 << 20, 1 << 16);
        Resolver bounded = new Resolver(resolver.zones(), small, time, time);
        recursor.isGone();
        for (int i = 0; i < 20_000; i++) {
            Client.asks(bounded, Question.of("n" + i + ".example.com.", Type.A), time);
        }
        assertThat(small.negativeWeight()).isLessThanOrEqualTo(1 << 16);
        assertThat(small.size()).isZero();
    }

    @Test
    void what_was_asked_before_a_zone_came_is_not_remembered_against_it() {
        Question web = Question.of("web.service.alt.", Type.A);
        recursor.isSilent();
        ask(web);
        DomainName alt = DomainName.of("alt");
        agent.knows("web.service.alt.", Type.A, "web.service.alt. 0 IN A 10.0.0.1");
        resolver.use(resolver.zones().with(Zone.consul(alt, agent)), alt);
        time.passMillis(4_500);

        assertThat(ask(web).hasFresh()).isTrue();
    }
}
