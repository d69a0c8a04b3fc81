package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.zone.ResolverListener.Refresh;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What clients are given while an upstream has no answer: one scenario each, in a time that the test lets pass. */
class StaleTest {
    private static final String NAME = "orders.service.consul.";
    private static final Question ORDERS = Question.of(NAME, Type.A);
    private static final Question ORDERS6 = Question.of(NAME, Type.AAAA);
    private static final Question DB = Question.of("db.service.consul.", Type.A);
    private static final Question WWW = Question.of("www.example.com.", Type.A);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time);
    private final Script recursor = new Script(time);
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final List<String> refreshed = new ArrayList<>();
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), agent), Zone.recursive(DomainName.ROOT, recursor, 86_400))),
            cache,
            time,
            time,
            new ResolverListener() {
                @Override
                public void refreshed(Zone zone, Refresh why) {
                    refreshed.add(zone.toString());
                }
            });

    private Client ask(Question question) {
        return Client.asks(resolver, question, time);
    }

    /** With Consul's TTL, an answer is over when it comes. */
    private void ordersAreKnown(int ttl) {
        agent.knows(NAME, Type.A, NAME + " " + ttl + " IN A 10.0.0.1");
        agent.knows("db.service.consul.", Type.A, "db.service.consul. 0 IN A 10.0.0.2");
        assertThat(ask(ORDERS).hasFresh()).isTrue();
        time.passMillis(1);
    }

    private void wwwIsKnown() {
        recursor.knows("www.example.com.", Type.A, "www.example.com. 60 IN A 192.0.2.1");
        assertThat(ask(WWW).hasFresh()).isTrue();
        time.pass(Duration.ofSeconds(61));
    }

    @Test
    void an_agent_that_answers_is_believed_and_nothing_is_stale() {
        ordersAreKnown(0);
        agent.answersAfter(Duration.ofMillis(20));
        Client client = ask(ORDERS);
        time.passMillis(20);

        assertThat(client.hasFresh()).isTrue();
        assertThat(client.waited()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void a_client_waits_250_ms_for_a_silent_agent_and_then_has_what_was_known() {
        ordersAreKnown(0);
        agent.isSilent();
        Client client = ask(ORDERS);
        time.passMillis(249);
        assertThat(client.waits()).isTrue();

        time.passMillis(1);
        assertThat(client.hasStale()).isTrue();
        assertThat(client.why()).isEqualTo(ExtendedError.NO_REACHABLE_AUTHORITY);
    }

    @Test
    void a_client_that_joins_later_waits_no_longer_than_the_first() {
        ordersAreKnown(0);
        agent.isSilent();
        ask(ORDERS);
        time.passMillis(200);
        Client second = ask(ORDERS);
        time.passMillis(50);

        assertThat(second.hasStale()).isTrue();
        assertThat(second.waited()).isEqualTo(Duration.ofMillis(50));
    }

    private List<Question> several(String suffix, Script upstream) {
        List<Question> names = new ArrayList<>();
        for (int number = 0; number < 5; number++) {
            String name = "several-" + number + suffix;
            upstream.knows(name, Type.A, name + " 0 IN A 10.0.0.9");
            names.add(Question.of(name, Type.A));
            assertThat(ask(names.get(number)).hasFresh()).isTrue();
        }
        time.passMillis(1);
        return names;
    }

    @Test
    void when_an_agent_has_let_several_wait_the_next_has_what_was_known_at_once() {
        List<Question> names = several(".service.consul.", agent);
        agent.isSilent();
        names.subList(0, 4).forEach(this::ask);
        time.passMillis(250);
        Client next = ask(names.get(4));
        time.settle();

        assertThat(next.hasStale()).isTrue();
        assertThat(next.waited()).isZero();
        assertThat(agent.asked(names.get(4))).isEqualTo(2);
    }

    @Test
    void names_that_nobody_knows_show_that_an_agent_hangs_as_well_as_others() {
        ordersAreKnown(0);
        time.passMillis(1);
        agent.isSilent();
        for (int number = 0; number < 4; number++) {
            ask(Question.of("unknown-" + number + ".service.consul.", Type.A));
        }
        time.passMillis(250);
        Client client = ask(ORDERS);
        time.settle();

        assertThat(client.hasStale()).isTrue();
        assertThat(client.waited()).isZero();
    }

    @Test
    void an_answer_to_anybody_shows_that_it_does_not() {
        List<Question> names = several(".service.consul.", agent);
        agent.isSilent();
        names.subList(0, 3).forEach(this::ask);
        agent.answers();
        ask(ORDERS);
        time.settle();
        agent.isSilent();
        ask(names.get(3));
        time.passMillis(250);
        Client client = ask(names.get(4));
        time.passMillis(249);

        assertThat(client.waits()).isTrue();
    }

    @Test
    void an_agent_that_has_let_fewer_wait_may_be_slow_with_those_only() {
        List<Question> names = several(".service.consul.", agent);
        agent.isSilent();
        names.subList(0, 3).forEach(this::ask);
        time.passMillis(250);
        Client next = ask(names.get(4));
        time.passMillis(249);

        assertThat(next.waits()).isTrue();
    }

    @Test
    void an_agent_that_answers_again_is_waited_for_again() {
        List<Question> names = several(".service.consul.", agent);
        agent.isSilent();
        names.subList(0, 4).forEach(this::ask);
        time.passMillis(250);
        agent.answers();
        assertThat(ask(DB).waited()).isZero();
        agent.answersAfter(Duration.ofMillis(100));
        Client next = ask(names.get(4));
        time.passMillis(100);

        assertThat(next.hasFresh()).isTrue();
    }

    @Test
    void a_recursor_that_has_let_several_wait_is_waited_for_all_the_same() {
        List<Question> names = several(".example.com.", recursor);
        recursor.isSilent();
        names.subList(0, 4).forEach(this::ask);
        time.passMillis(1800);
        Client next = ask(names.get(4));
        time.passMillis(1799);

        assertThat(next.waits()).isTrue();
    }

    @Test
    void a_client_of_a_recursors_name_waits_1_8_s() {
        wwwIsKnown();
        recursor.isSilent();
        Client client = ask(WWW);
        time.passMillis(1799);
        assertThat(client.waits()).isTrue();

        time.passMillis(1);
        assertThat(client.hasStale()).isTrue();
    }

    @Test
    void a_failure_that_comes_early_is_not_waited_for() {
        ordersAreKnown(0);
        agent.isGone();
        Client client = ask(ORDERS);

        assertThat(client.hasStale()).isTrue();
        assertThat(client.waited()).isZero();
    }

    @Test
    void a_connection_that_breaks_off_is_told_as_such() {
        ordersAreKnown(0);
        agent.breaksOff();

        assertThat(ask(ORDERS).why()).isEqualTo(ExtendedError.NETWORK_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP, Rcode.FORMERR})
    void an_agent_that_will_not_say_never_replaces_data(int rcode) {
        ordersAreKnown(0);
        CachedAnswer data = cache.get(ORDERS);
        agent.says(rcode);
        Client client = ask(ORDERS);

        assertThat(client.hasStale()).isTrue();
        assertThat(client.rcode()).isEqualTo(Rcode.NOERROR);
        assertThat(cache.get(ORDERS)).isSameAs(data);
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void no_failure_of_an_upstream_replaces_data(Reason reason) {
        ordersAreKnown(0);
        CachedAnswer data = cache.get(ORDERS);
        agent.fails(reason);

        assertThat(ask(ORDERS).hasStale()).isTrue();
        assertThat(cache.get(ORDERS)).isSameAs(data);
    }

    @Test
    void after_the_first_failure_clients_have_the_stale_answer_at_once() {
        ordersAreKnown(0);
        agent.isSilent();
        ask(ORDERS);
        time.passMillis(250);
        int asked = agent.asked();
        for (int i = 0; i < 100; i++) {
            time.passMillis(5);
            Client next = ask(ORDERS);
            assertThat(next.hasStale()).isTrue();
            assertThat(next.waited()).isZero();
        }
        assertThat(agent.asked()).isEqualTo(asked);
    }

    @Test
    void in_a_long_outage_nobody_waits_but_the_first() {
        ordersAreKnown(0);
        agent.isSilent();
        ask(ORDERS);
        time.passMillis(250);
        for (int i = 0; i < 200; i++) {
            time.passMillis(100);
            assertThat(ask(ORDERS).waited()).isZero();
        }
    }

    @Test
    void in_an_outage_a_stale_name_is_one_question_at_a_time() {
        ordersAreKnown(0);
        agent.isSilent();
        int before = agent.asked();
        ask(ORDERS);
        for (int i = 0; i < 450; i++) {
            time.passMillis(10);
            ask(ORDERS);
        }
        assertThat(agent.asked() - before).isEqualTo(1);
        assertThat(resolver.underWay()).isLessThanOrEqualTo(1);
    }

    @Test
    void a_stale_name_whose_agent_says_SERVFAIL_at_once_is_asked_twice_a_second_at_most() {
        ordersAreKnown(0);
        agent.says(Rcode.SERVFAIL);
        int before = agent.asked();
        for (int i = 0; i < 10_000; i++) {
            time.passMillis(1);
            assertThat(ask(ORDERS).hasStale()).isTrue();
        }
        assertThat(agent.asked() - before).isBetween(5, 21);
    }

    @Test
    void a_name_of_its_own_trouble_among_healthy_ones_is_asked_again_after_1_s_then_2_s() {
        ordersAreKnown(0);
        agent.says(Rcode.SERVFAIL, ORDERS);
        ask(ORDERS);
        List<Long> at = new ArrayList<>();
        int asked = agent.asked(ORDERS);
        for (int ms = 1; ms <= 7_000; ms++) {
            time.passMillis(1);
            assertThat(ask(ORDERS).hasStale()).isTrue();
            assertThat(ask(DB).hasFresh()).isTrue();
            time.settle();
            if (agent.asked(ORDERS) > asked) {
                asked = agent.asked(ORDERS);
                at.add((long) ms);
            }
        }
        assertThat(at).containsExactly(1_000L, 3_000L, 5_000L, 7_000L);
    }

    @Test
    void a_recursors_name_is_asked_again_after_1_s_doubling_to_5_s() {
        wwwIsKnown();
        recursor.knows("other.example.com.", Type.A, "other.example.com. 0 IN A 192.0.2.2");
        recursor.says(Rcode.SERVFAIL, WWW);
        ask(WWW);
        List<Long> at = new ArrayList<>();
        int asked = recursor.asked(WWW);
        for (int second = 1; second <= 22; second++) {
            time.pass(Duration.ofSeconds(1));
            ask(Question.of("other.example.com.", Type.A));
            ask(WWW);
            time.settle();
            if (recursor.asked(WWW) > asked) {
                asked = recursor.asked(WWW);
                at.add((long) second);
            }
        }
        assertThat(at).containsExactly(1L, 3L, 7L, 12L, 17L, 22L);
    }

    @Test
    void a_refresh_in_the_background_brings_the_new_answer_to_the_next_client() {
        ordersAreKnown(10);
        time.pass(Duration.ofSeconds(10));
        agent.isGone();
        ask(ORDERS);
        agent.answers();
        time.pass(Duration.ofSeconds(1));
        assertThat(ask(ORDERS).hasStale()).isTrue();
        time.settle();

        assertThat(ask(ORDERS).hasFresh()).isTrue();
        assertThat(refreshed).containsExactly("consul.");
    }

    @Test
    void an_answer_that_comes_late_is_for_the_next_client() {
        ordersAreKnown(10);
        time.pass(Duration.ofSeconds(10));
        agent.answersAfter(Duration.ofMillis(400));
        Client first = ask(ORDERS);
        time.passMillis(400);
        Client next = ask(ORDERS);

        assertThat(first.hasStale()).isTrue();
        assertThat(first.waited()).isEqualTo(Duration.ofMillis(250));
        assertThat(next.hasFresh()).isTrue();
    }

    @Test
    void while_a_late_answer_is_under_way_nobody_asks_again() {
        ordersAreKnown(0);
        agent.answersAfter(Duration.ofMillis(1500));
        int before = agent.asked();
        ask(ORDERS);
        for (int i = 0; i < 14; i++) {
            time.passMillis(100);
            ask(ORDERS);
        }
        assertThat(agent.asked() - before).isEqualTo(1);
    }

    @Test
    void a_zone_that_is_slow_but_answers_is_waited_for_three_round_trips() {
        ordersAreKnown(0);
        agent.answersAfter(Duration.ofMillis(200));
        for (int i = 0; i < 20; i++) {
            ask(ORDERS);
            time.passMillis(250);
        }
        agent.answersAfter(Duration.ofMillis(500));
        Client client = ask(ORDERS);
        time.passMillis(500);

        assertThat(client.hasFresh()).isTrue();
    }

    @Test
    void no_round_trip_makes_a_client_wait_for_more_than_1_8_s() {
        ordersAreKnown(0);
        agent.answersAfter(Duration.ofSeconds(3));
        for (int i = 0; i < 20; i++) {
            ask(DB);
            time.pass(Duration.ofSeconds(4));
        }
        ask(ORDERS);
        time.pass(Duration.ofSeconds(4));
        agent.isSilent();
        Client client = ask(ORDERS);
        time.pass(Duration.ofSeconds(4));

        assertThat(client.hasStale()).isTrue();
        assertThat(client.waited()).isEqualTo(Duration.ofMillis(1800));
    }

    @Test
    void a_name_that_does_not_exist_replaces_data_at_once() {
        ordersAreKnown(0);
        agent.forgets(NAME);

        assertThat(ask(ORDERS).rcode()).isEqualTo(Rcode.NXDOMAIN);
        agent.isGone();
        assertThat(ask(ORDERS).hasStale()).isFalse();
    }

    @Test
    void an_empty_answer_replaces_data_at_once() {
        ordersAreKnown(0);
        agent.hasNothing(NAME, Type.A);

        assertThat(ask(ORDERS).isToldThatThereIsNothing()).isTrue();
        agent.isGone();
        assertThat(ask(ORDERS).failure()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void that_a_name_does_not_exist_is_never_told_past_its_time() {
        assertThat(ask(ORDERS).rcode()).isEqualTo(Rcode.NXDOMAIN);
        time.passMillis(1);
        agent.isSilent();
        Client client = ask(ORDERS);
        time.passMillis(4_499);
        assertThat(client.waits()).isTrue();

        time.passMillis(1);
        assertThat(client.failure()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void a_name_that_comes_into_being_is_found_however_long_it_was_missing() {
        ask(ORDERS);
        time.passMillis(1);
        agent.isGone();
        ask(ORDERS);
        time.pass(Duration.ofSeconds(3));
        agent.answers();
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.9");

        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void that_a_known_name_has_nothing_of_another_type_is_told_past_its_time() {
        agent.hasNothing(NAME, Type.AAAA);
        ordersAreKnown(0);
        assertThat(ask(ORDERS6).hasFresh()).isTrue();
        time.passMillis(1);
        agent.isSilent();
        Client four = ask(ORDERS);
        Client six = ask(ORDERS6);
        time.passMillis(250);

        assertThat(four.hasStale()).isTrue();
        assertThat(six.hasStale()).isTrue();
        assertThat(six.isToldThatThereIsNothing()).isTrue();
        assertThat(ask(ORDERS6).waited()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SRV orders.service.consul. 0 IN SRV 1 1 80 a.node.dc1.consul.",
                "TXT orders.service.consul. 0 IN TXT hello",
                "CNAME orders.service.consul. 0 IN CNAME www.example.com."
            })
    void a_name_is_known_by_records_of_any_type(String known) {
        int type = Type.value(known.substring(0, known.indexOf(' ')));
        agent.knows(NAME, type, known.substring(known.indexOf(' ') + 1));
        agent.hasNothing(NAME, Type.AAAA);
        ask(Question.of(NAME, type));
        ask(ORDERS6);
        time.passMillis(1);
        agent.isGone();

        assertThat(ask(ORDERS6).hasStale()).isTrue();
    }

    @Test
    void that_a_name_has_nothing_of_one_type_is_not_told_when_nothing_else_is_known_of_it() {
        agent.hasNothing(NAME, Type.AAAA);
        ask(ORDERS6);
        time.passMillis(1);
        agent.isGone();

        assertThat(ask(ORDERS6).failure()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void that_a_name_has_nothing_of_one_type_is_not_told_when_its_data_are_too_old() {
        agent.hasNothing(NAME, Type.AAAA);
        ordersAreKnown(0);
        time.pass(Duration.ofHours(1));
        ask(ORDERS6);
        time.passMillis(1);
        agent.isGone();

        assertThat(ask(ORDERS6).hasStale()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {Type.A, Type.AAAA, Type.SRV, Type.TXT, Type.PTR, Type.MX, Type.ANY})
    void records_of_every_type_are_given_past_their_time(int type) {
        String record = switch (type) {
            case Type.A, Type.ANY -> "A 10.0.0.1";
            case Type.AAAA -> "AAAA fd00::1";
            case Type.SRV -> "SRV 1 1 80 a.node.dc1.consul.";
            case Type.TXT -> "TXT hello";
            case Type.PTR -> "PTR a.node.dc1.consul.";
            default -> "MX 1 a.node.dc1.consul.";
        };
        agent.knows(NAME, type, NAME + " 0 IN " + record);
        Question question = Question.of(NAME, type);
        ask(question);
        time.passMillis(1);
        agent.isGone();

        assertThat(ask(question).hasStale()).isTrue();
    }

    @Test
    void a_consul_name_in_trouble_of_its_own_is_given_for_60_s_past_its_time() {
        ordersAreKnown(10);
        agent.says(Rcode.SERVFAIL, ORDERS);
        for (int second = 1; second <= 69; second++) {
            time.pass(Duration.ofSeconds(1));
            assertThat(ask(DB).hasFresh()).isTrue();
            assertThat(ask(ORDERS).rcode()).isEqualTo(Rcode.NOERROR);
        }
        time.pass(Duration.ofSeconds(2));
        ask(DB);

        assertThat(ask(ORDERS).rcode()).isNotEqualTo(Rcode.NOERROR);
    }

    @Test
    void a_consul_name_is_given_for_an_hour_while_the_agent_is_gone() {
        ordersAreKnown(0);
        agent.isGone();
        for (int minute = 1; minute < 60; minute++) {
            time.pass(Duration.ofMinutes(1));
            assertThat(ask(ORDERS).hasStale()).isTrue();
        }
        time.pass(Duration.ofMinutes(1));

        assertThat(ask(ORDERS).failure()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void a_consul_name_is_given_for_an_hour_while_the_agent_says_nothing_but_SERVFAIL() {
        ordersAreKnown(0);
        agent.says(Rcode.SERVFAIL);
        for (int i = 0; i < 59 * 6; i++) {
            time.pass(Duration.ofSeconds(10));
            assertThat(ask(ORDERS).hasStale()).isTrue();
        }
        time.pass(Duration.ofMinutes(1));

        assertThat(ask(ORDERS).hasStale()).isFalse();
    }

    @Test
    void a_name_that_nobody_asked_for_in_minutes_is_given_when_the_agent_turns_out_to_be_silent() {
        ordersAreKnown(0);
        time.pass(Duration.ofMinutes(10));
        agent.isSilent();
        Client first = ask(ORDERS);
        time.passMillis(4_500);
        assertThat(first.hasStale()).isTrue();

        assertThat(ask(ORDERS).waited()).isZero();
    }

    @Test
    void a_name_that_is_asked_for_late_in_an_outage_waits_250_ms() {
        ordersAreKnown(0);
        ask(DB);
        agent.isSilent();
        for (int i = 0; i < 120; i++) {
            ask(DB);
            time.pass(Duration.ofSeconds(1));
        }
        Client client = ask(ORDERS);
        time.passMillis(250);

        assertThat(client.hasStale()).isTrue();
    }

    @Test
    void a_recursors_name_is_given_for_a_day() {
        wwwIsKnown();
        recursor.isSilent();
        time.pass(Duration.ofHours(23));
        Client client = ask(WWW);
        time.pass(Duration.ofMillis(1800));
        assertThat(client.hasStale()).isTrue();

        time.pass(Duration.ofHours(1));
        Client later = ask(WWW);
        time.passMillis(4_500);
        assertThat(later.failure()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void bounds_can_be_set() {
        Resolver strict = new Resolver(
                new Zones(List.of(
                        Zone.consul(DomainName.of("consul"), agent)
                                .with(StalePolicy.CONSUL.with(Duration.ofSeconds(5), Duration.ofSeconds(5), 1)),
                        Zone.recursive(DomainName.ROOT, recursor, 86_400))),
                cache,
                time,
                time);
        ordersAreKnown(0);
        agent.isGone();
        time.pass(Duration.ofSeconds(4));
        assertThat(Client.asks(strict, ORDERS, time).hasStale()).isTrue();

        time.pass(Duration.ofSeconds(2));
        assertThat(Client.asks(strict, ORDERS, time).hasStale()).isFalse();
    }

    @Test
    void a_bound_of_zero_is_never() {
        Resolver never = new Resolver(
                new Zones(List.of(
                        Zone.consul(DomainName.of("consul"), agent)
                                .with(StalePolicy.CONSUL.with(Duration.ZERO, Duration.ZERO, 1)),
                        Zone.recursive(DomainName.ROOT, recursor, 86_400))),
                cache,
                time,
                time);
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1");
        assertThat(Client.asks(never, ORDERS, time).hasFresh()).isTrue();
        agent.isGone();

        assertThat(Client.asks(never, ORDERS, time).failure()).isEqualTo(Reason.UNREACHABLE);
    }

    @Test
    void when_the_agent_is_back_every_name_is_fresh_within_a_second() {
        ordersAreKnown(0);
        ask(DB);
        time.passMillis(1);
        agent.isGone();
        for (int i = 0; i < 100; i++) {
            time.passMillis(200);
            ask(ORDERS);
            ask(DB);
        }
        agent.answers();
        for (int i = 0; i < 10; i++) {
            time.passMillis(100);
            ask(ORDERS);
            ask(DB);
        }
        assertThat(ask(ORDERS).hasFresh()).isTrue();
        assertThat(ask(DB).hasFresh()).isTrue();
    }

    @Test
    void the_only_name_that_anybody_asks_for_is_fresh_within_a_second_when_the_agent_is_back() {
        ordersAreKnown(0);
        agent.isGone();
        for (int i = 0; i < 333; i++) {
            time.passMillis(70);
            ask(ORDERS);
        }
        agent.answers();
        for (int i = 0; i < 14; i++) {
            time.passMillis(70);
            ask(ORDERS);
        }
        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void after_an_outage_the_next_failure_is_the_first_again() {
        ordersAreKnown(0);
        agent.isGone();
        for (int i = 0; i < 30; i++) {
            time.pass(Duration.ofSeconds(1));
            ask(ORDERS);
        }
        agent.answers();
        time.pass(Duration.ofSeconds(3));
        ask(ORDERS);
        time.settle();
        assertThat(ask(ORDERS).hasFresh()).isTrue();
        time.passMillis(1);
        agent.isSilent();
        Client client = ask(ORDERS);
        time.passMillis(250);

        assertThat(client.hasStale()).isTrue();
        assertThat(failure(ORDERS).times()).isEqualTo(1);
    }

    @Test
    void a_failure_long_ago_does_not_make_an_answer_stale_at_once() {
        ordersAreKnown(0);
        agent.says(Rcode.SERVFAIL, ORDERS);
        ask(ORDERS);
        agent.answers();
        ask(DB);
        time.pass(Duration.ofSeconds(35));

        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void the_first_client_after_an_outage_that_others_saw_the_end_of_has_a_fresh_answer() {
        ordersAreKnown(0);
        ask(DB);
        time.passMillis(1);
        agent.isGone();
        ask(ORDERS);
        ask(DB);
        time.passMillis(600);
        agent.answers();
        ask(DB);
        time.settle();

        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void what_is_kept_says_what_has_become_of_it() {
        ordersAreKnown(0);
        long since = time.getAsLong();
        agent.isGone();
        ask(ORDERS);
        time.pass(Duration.ofSeconds(1));
        ask(ORDERS);
        time.settle();
        Failure failure = failure(ORDERS);

        assertThat(failure.kind()).isEqualTo(Failure.Kind.SILENT);
        assertThat(failure.reason()).isEqualTo(ExtendedError.NO_REACHABLE_AUTHORITY);
        assertThat(failure.times()).isEqualTo(2);
        assertThat(failure.since()).isEqualTo(since);
        assertThat(failure.at() - since).isEqualTo(Duration.ofSeconds(1).toNanos());
        assertThat(failure.retryAt() - failure.at())
                .isEqualTo(Duration.ofSeconds(2).toNanos());
    }

    @Test
    void what_is_late_and_then_fails_has_failed_once() {
        ordersAreKnown(0);
        agent.isSilent();
        ask(ORDERS);
        time.passMillis(250);
        assertThat(failure(ORDERS).kind()).isEqualTo(Failure.Kind.LATE);
        time.passMillis(4_250);

        assertThat(failure(ORDERS).kind()).isEqualTo(Failure.Kind.SILENT);
        assertThat(failure(ORDERS).times()).isEqualTo(1);
    }

    @Test
    void a_new_answer_has_no_failure() {
        ordersAreKnown(0);
        agent.isGone();
        ask(ORDERS);
        agent.answers();
        time.pass(Duration.ofSeconds(1));
        ask(ORDERS);
        time.settle();

        CachedAnswer kept = cache.get(ORDERS);
        assertThat(kept).isNotNull();
        assertThat(kept.failure()).isNull();
    }

    @Test
    void an_alias_whose_target_cannot_be_found_out_is_given_as_it_was() {
        agent.knows(NAME, Type.A, NAME + " 0 IN CNAME www.example.com.");
        recursor.knows("www.example.com.", Type.A, "www.example.com. 5 IN A 192.0.2.1");
        assertThat(ask(ORDERS).hasFresh()).isTrue();
        time.pass(Duration.ofSeconds(6));
        recursor.isSilent();
        Client client = ask(ORDERS);
        time.pass(Duration.ofSeconds(2));

        assertThat(client.hasStale()).isTrue();
    }

    @Test
    void recursors_that_fail_leave_consul_alone() {
        ordersAreKnown(0);
        wwwIsKnown();
        recursor.isGone();
        ask(WWW);

        assertThat(ask(ORDERS).hasFresh()).isTrue();
    }

    @Test
    void who_says_where_he_is_is_given_what_was_known_for_there() {
        Question query = Question.of("orders.query.consul.", Type.A);
        agent.knows("orders.query.consul.", Type.A, "orders.query.consul. 0 IN A 10.0.0.1");
        byte[] here = {0, 1, 24, 0, 10, 0, 0};
        ask(query.inSubnet(here));
        time.passMillis(1);
        agent.isGone();

        assertThat(ask(query.inSubnet(here)).hasStale()).isTrue();
        assertThat(ask(query).hasStale()).isFalse();
    }

    @Test
    void names_of_a_zone_that_goes_are_no_longer_given() {
        agent.knows("web.service.alt.", Type.A, "web.service.alt. 0 IN A 10.0.0.1");
        DomainName alt = DomainName.of("alt");
        resolver.use(resolver.zones().with(Zone.consul(alt, agent)), alt);
        Question web = Question.of("web.service.alt.", Type.A);
        assertThat(ask(web).hasFresh()).isTrue();
        resolver.use(resolver.zones().without(alt), alt);
        recursor.isGone();

        assertThat(ask(web).hasStale()).isFalse();
    }

    @Test
    void a_server_failure_in_front_of_nothing_is_passed_on() {
        agent.says(Rcode.SERVFAIL);

        assertThat(ask(ORDERS).rcode()).isEqualTo(AnswerSet.SERVER_FAILURE);
    }

    private Failure failure(Question question) {
        CachedAnswer kept = cache.get(question);
        assertThat(kept).isNotNull();
        assertThat(kept.failure()).isNotNull();
        return kept.failure();
    }
}
