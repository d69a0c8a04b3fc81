package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.ResolverListener.Refresh;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A name that many ask for is asked for again before its time is over. */
class PrefetchTest {
    private static final String NAME = "orders.service.consul.";
    private static final Question ORDERS = Question.of(NAME, Type.A);
    private static final Question ORDERS6 = Question.of(NAME, Type.AAAA);
    private static final Question DB = Question.of("db.service.consul.", Type.A);
    private static final Question WWW = Question.of("www.example.com.", Type.A);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time);
    private final Script recursor = new Script(time);
    private final List<Refresh> refreshed = new ArrayList<>();
    private final Resolver resolver = resolver(LoadPolicy.DEFAULT);

    private Resolver resolver(LoadPolicy load) {
        return new Resolver(
                new Zones(List.of(
                        Zone.consul(DomainName.of("consul"), agent).with(load),
                        Zone.recursive(DomainName.ROOT, recursor, 86_400).with(load))),
                new AnswerCache(1 << 20, 1 << 20),
                time,
                time,
                new ResolverListener() {
                    @Override
                    public void refreshed(Zone zone, Refresh why) {
                        refreshed.add(why);
                    }
                });
    }

    private void ordersAreKnown(int ttl) {
        agent.knows(NAME, Type.A, NAME + " " + ttl + " IN A 10.0.0.1");
        assertThat(Client.asks(resolver, ORDERS, time).hasFresh()).isTrue();
    }

    /** So many clients, each of which has a fresh answer at once. */
    private void hits(int clients, Question question) {
        for (int i = 0; i < clients; i++) {
            Client client = Client.asks(resolver, question, time);
            assertThat(client.hasFresh()).isTrue();
            assertThat(client.waited()).isZero();
        }
    }

    @Test
    void the_third_client_in_the_last_tenth_has_the_name_asked_for_again() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        hits(3, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
        assertThat(refreshed).containsExactly(Refresh.PREFETCH);
    }

    @Test
    void two_clients_in_the_last_tenth_are_not_many() {
        ordersAreKnown(10);
        time.passMillis(9_500);
        hits(2, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void clients_before_the_last_tenth_do_not_count() {
        ordersAreKnown(10);
        time.passMillis(8_999);
        hits(100, ORDERS);
        time.passMillis(1);
        hits(2, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void whoever_asks_while_it_is_asked_for_again_has_the_answer_that_is_there() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        agent.answersAfter(Duration.ofMillis(900));
        hits(3, ORDERS);
        for (int i = 0; i < 8; i++) {
            time.passMillis(100);
            hits(10, ORDERS);
        }
        assertThat(resolver.underWay()).isEqualTo(1);
    }

    @Test
    void it_is_asked_for_once_however_many_want_it() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        agent.answersAfter(Duration.ofMillis(900));
        for (int i = 0; i < 80; i++) {
            hits(50, ORDERS);
            time.passMillis(10);
        }
        assertThat(agent.asked()).isEqualTo(2);
        assertThat(refreshed).hasSize(1);
    }

    @Test
    void nobody_who_asks_often_ever_waits() {
        ordersAreKnown(10);
        agent.answersAfter(Duration.ofMillis(500));
        for (int ms = 0; ms < 60_000; ms += 100) {
            time.passMillis(100);
            hits(1, ORDERS);
        }
        assertThat(agent.asked()).isBetween(6, 8);
    }

    @Test
    void the_new_answer_has_its_whole_time() {
        ordersAreKnown(10);
        time.passMillis(9_500);
        hits(3, ORDERS);
        time.settle();
        time.passMillis(9_999);
        hits(2, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void what_has_changed_is_seen_before_the_old_answer_is_over() {
        ordersAreKnown(10);
        agent.forgets(NAME);
        time.passMillis(9_000);
        hits(3, ORDERS);
        time.settle();

        assertThat(Client.asks(resolver, ORDERS, time).rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 60, 3_600, 1_000_000})
    void from_5_s_on_a_ttl_is_long_enough(int ttl) {
        ordersAreKnown(ttl);
        time.passMillis(ttl * 1_000L - 1);
        hits(3, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void below_5_s_it_is_not(int ttl) {
        ordersAreKnown(ttl);
        time.passMillis(ttl * 1_000L - 1);
        hits(10, ORDERS);
        time.settle();

        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void an_answer_with_ttl_0_is_asked_for_by_each_client_as_ever() {
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1");
        for (int i = 0; i < 5; i++) {
            Client.asks(resolver, ORDERS, time);
        }
        time.settle();

        assertThat(agent.asked()).isEqualTo(5);
        assertThat(refreshed).isEmpty();
    }

    @Test
    void a_recursors_name_is_asked_for_again_as_well() {
        recursor.knows("www.example.com.", Type.A, "www.example.com. 60 IN A 192.0.2.1");
        Client.asks(resolver, WWW, time);
        time.passMillis(54_000);
        hits(3, WWW);
        time.settle();

        assertThat(recursor.asked()).isEqualTo(2);
    }

    @Test
    void one_name_that_many_want_is_no_reason_to_ask_for_another() {
        ordersAreKnown(10);
        agent.knows("db.service.consul.", Type.A, "db.service.consul. 10 IN A 10.0.0.2");
        Client.asks(resolver, DB, time);
        time.passMillis(9_000);
        hits(2, DB);
        hits(10, ORDERS);
        time.settle();

        assertThat(agent.asked(DB)).isEqualTo(1);
        assertThat(agent.asked(ORDERS)).isEqualTo(2);
    }

    @Test
    void where_it_is_switched_off_nobody_asks_before_the_time_is_over() {
        Resolver lazy = resolver(new LoadPolicy(100, false));
        agent.knows(NAME, Type.A, NAME + " 10 IN A 10.0.0.1");
        Client.asks(lazy, ORDERS, time);
        time.passMillis(9_900);
        for (int i = 0; i < 100; i++) {
            assertThat(Client.asks(lazy, ORDERS, time).hasFresh()).isTrue();
        }
        time.settle();

        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void when_it_fails_the_answer_that_is_there_lives_to_its_end() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        agent.isGone();
        for (int i = 0; i < 9; i++) {
            hits(3, ORDERS);
            time.passMillis(100);
        }
        time.passMillis(99);
        hits(1, ORDERS);
    }

    @Test
    void when_it_fails_nobody_waits_afterwards() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        agent.isSilent();
        hits(3, ORDERS);
        time.passMillis(1_000);
        Client client = Client.asks(resolver, ORDERS, time);

        assertThat(client.hasStale()).isTrue();
        assertThat(client.waited()).isZero();
    }

    @Test
    void a_failure_does_not_replace_the_answer() {
        ordersAreKnown(10);
        time.passMillis(9_000);
        agent.says(Rcode.SERVFAIL);
        hits(3, ORDERS);
        time.settle();

        hits(1, ORDERS);
    }

    @Test
    void after_a_failure_it_is_tried_again_a_second_later_when_three_more_have_asked() {
        ordersAreKnown(60);
        time.passMillis(54_000);
        agent.says(Rcode.SERVFAIL);
        hits(3, ORDERS);
        time.passMillis(999);
        hits(10, ORDERS);
        time.settle();
        assertThat(agent.asked()).isEqualTo(2);

        time.passMillis(1);
        hits(2, ORDERS);
        time.settle();
        assertThat(agent.asked()).isEqualTo(2);
        hits(1, ORDERS);
        time.settle();
        assertThat(agent.asked()).isEqualTo(3);
    }

    @Test
    void who_comes_when_the_time_is_over_waits_for_the_answer_that_is_under_way() {
        ordersAreKnown(10);
        time.passMillis(9_900);
        agent.answersAfter(Duration.ofMillis(200));
        hits(3, ORDERS);
        time.passMillis(150);
        Client client = Client.asks(resolver, ORDERS, time);
        assertThat(client.waits()).isTrue();
        time.passMillis(50);

        assertThat(client.hasFresh()).isTrue();
        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void where_there_is_no_place_the_answer_that_is_there_is_given_and_nothing_is_asked() {
        Resolver narrow = resolver(new LoadPolicy(1, true));
        agent.knows(NAME, Type.A, NAME + " 10 IN A 10.0.0.1");
        Client.asks(narrow, ORDERS, time);
        time.passMillis(9_000);
        agent.isSilentAbout(DB);
        Client.asks(narrow, DB, time);
        for (int i = 0; i < 10; i++) {
            assertThat(Client.asks(narrow, ORDERS, time).hasFresh()).isTrue();
        }
        time.settle();

        assertThat(agent.asked(ORDERS)).isEqualTo(1);
        assertThat(refreshed).isEmpty();
    }

    @Test
    void both_families_of_a_popular_name_are_counted_each_for_itself() {
        ordersAreKnown(10);
        agent.knows(NAME, Type.AAAA, NAME + " 10 IN AAAA 2001:db8::1");
        Client.asks(resolver, ORDERS6, time);
        time.passMillis(9_000);
        hits(2, ORDERS);
        hits(2, ORDERS6);
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
    }
}
