package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Floods, and what is left to others: one scenario each, in a time that the test lets pass. */
class OverloadTest {
    private static final int PLACES = 100;
    private static final String NAME = "orders.service.consul.";
    private static final Question ORDERS = Question.of(NAME, Type.A);
    private static final Question DB = Question.of("db.service.consul.", Type.A);
    private static final Question WWW = Question.of("www.example.com.", Type.A);
    private static final LoadPolicy LOAD = new LoadPolicy(PLACES, true);
    private static final DomainName CONSUL = DomainName.of("consul");

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time)
            .knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1")
            .knows("db.service.consul.", Type.A, "db.service.consul. 60 IN A 10.0.0.2");
    private final Script others = new Script(time);
    private final Script recursor =
            new Script(time).knows("www.example.com.", Type.A, "www.example.com. 60 IN A 192.0.2.1");
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final Resolver resolver = resolver(cache);
    private int random;

    private Resolver resolver(AnswerCache answers) {
        ConsulSettings atHome = ConsulSettings.none(CONSUL);
        return new Resolver(
                new Zones(List.of(
                        Zone.consul(CONSUL, agent).with(LOAD),
                        Zone.consul(DomainName.of("alt"), agent, atHome).with(LOAD),
                        Zone.consul(DomainName.of("other"), others).with(LOAD),
                        Zone.recursive(DomainName.of("in-addr.arpa"), recursor, 86_400)
                                .with(LOAD),
                        Zone.recursive(DomainName.ROOT, recursor, 86_400).with(LOAD))),
                answers,
                time,
                time);
    }

    private Client ask(Question question, Object client) {
        return Client.asks(resolver, question, client, time);
    }

    /** Asks for so many names that nobody has asked for before. */
    private List<Client> flood(int names, String suffix, Object client) {
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < names; i++) {
            clients.add(ask(Question.of("x" + random++ + "." + suffix, Type.A), client));
        }
        return clients;
    }

    private static long waiting(List<Client> clients) {
        return clients.stream().filter(Client::waits).count();
    }

    private static long shed(List<Client> clients) {
        return clients.stream()
                .filter(client -> client.failure() == Reason.OVERLOADED)
                .count();
    }

    @Test
    void a_flood_by_one_client_has_half_of_the_places_and_the_rest_of_it_fails_at_once() {
        recursor.isSilent();
        List<Client> flood = flood(1_000, "example.com.", "flood");

        assertThat(waiting(flood)).isEqualTo(PLACES / 2);
        assertThat(shed(flood)).isEqualTo(1_000 - PLACES / 2);
        assertThat(recursor.asked()).isEqualTo(PLACES / 2);
    }

    @Test
    void another_client_is_answered_meanwhile() {
        recursor.isSilent();
        flood(1_000, "example.com.", "flood");
        recursor.answers();

        assertThat(ask(WWW, "another").hasFresh()).isTrue();
    }

    @Test
    void a_client_that_comes_late_has_as_many_places_as_are_left_to_it() {
        recursor.isSilent();
        flood(1_000, "example.com.", "first");

        assertThat(waiting(flood(1_000, "example.org.", "second"))).isEqualTo(PLACES / 4);
        assertThat(waiting(flood(1_000, "example.net.", "third"))).isEqualTo(PLACES / 8 + 1);
    }

    @Test
    void two_that_flood_at_the_same_time_have_the_same() {
        recursor.isSilent();
        List<Client> first = new ArrayList<>();
        List<Client> second = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            first.addAll(flood(1, "example.com.", "first"));
            second.addAll(flood(1, "example.org.", "second"));
        }
        assertThat(waiting(first)).isBetween(33L, 34L);
        assertThat(waiting(second)).isBetween(33L, 34L);
    }

    @Test
    void however_many_clients_flood_there_are_no_more_questions_than_places() {
        recursor.isSilent();
        for (int i = 0; i < 1_000; i++) {
            flood(1, "example.com.", "client " + i);
        }
        assertThat(resolver.underWay()).isEqualTo(PLACES);
        assertThat(recursor.asked()).isEqualTo(PLACES);
    }

    @Test
    void the_places_of_a_flood_are_free_again_when_its_questions_have_failed() {
        recursor.isSilent();
        flood(1_000, "example.com.", "flood");
        time.pass(Duration.ofMillis(4_500));

        assertThat(resolver.underWay()).isZero();
        assertThat(waiting(flood(1_000, "example.com.", "flood"))).isEqualTo(PLACES / 2);
    }

    @Test
    void who_was_turned_away_is_answered_as_soon_as_there_is_a_place() {
        recursor.isSilent();
        flood(1_000, "example.com.", "flood");
        assertThat(ask(WWW, "flood").failure()).isEqualTo(Reason.OVERLOADED);
        time.pass(Duration.ofMillis(4_500));
        recursor.answers();

        assertThat(ask(WWW, "flood").hasFresh()).isTrue();
    }

    @Test
    void everything_resolves_when_the_recursor_is_back_after_20_000_names() {
        recursor.isSilent();
        for (int i = 0; i < 20; i++) {
            flood(1_000, "example.com.", "flood");
            time.passMillis(250);
        }
        recursor.answers();
        time.pass(Duration.ofSeconds(5));

        assertThat(flood(100, "example.com.", "flood")).allMatch(client -> client.rcode() == Rcode.NXDOMAIN);
        assertThat(resolver.underWay()).isZero();
    }

    @Test
    void what_is_in_the_cache_is_answered_to_whoever_floods() {
        ask(DB, "flood");
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");

        assertThat(ask(DB, "flood").hasFresh()).isTrue();
        assertThat(ask(DB, "another").hasFresh()).isTrue();
    }

    @Test
    void who_asks_what_is_under_way_takes_no_place() {
        agent.isSilent();
        for (int i = 0; i < 1_000; i++) {
            assertThat(ask(ORDERS, "flood").waits()).isTrue();
        }
        assertThat(agent.asked()).isEqualTo(1);
        assertThat(waiting(flood(1_000, "service.consul.", "flood"))).isEqualTo(PLACES / 2 - 1);
    }

    @Test
    void who_has_no_place_may_join_what_others_ask() {
        agent.isSilent();
        ask(ORDERS, "another");
        flood(1_000, "service.consul.", "flood");

        assertThat(ask(ORDERS, "flood").waits()).isTrue();
    }

    @Test
    void without_a_place_the_last_answer_is_given_at_once() {
        ask(ORDERS, "flood");
        time.passMillis(1);
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");
        Client client = ask(ORDERS, "flood");

        assertThat(client.hasStale()).isTrue();
        assertThat(client.waited()).isZero();
        assertThat(client.why()).isEqualTo(ExtendedError.OVERLOADED);
    }

    @Test
    void without_a_place_a_last_answer_that_is_too_old_is_not_given() {
        ask(ORDERS, "flood");
        time.pass(Duration.ofSeconds(61));
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");

        assertThat(ask(ORDERS, "flood").failure()).isEqualTo(Reason.OVERLOADED);
    }

    @Test
    void without_a_place_nobody_is_told_that_a_name_does_not_exist() {
        Question nothing = Question.of("nothing.service.consul.", Type.A);
        assertThat(ask(nothing, "flood").rcode()).isEqualTo(Rcode.NXDOMAIN);
        time.passMillis(1);
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");

        assertThat(ask(nothing, "flood").failure()).isEqualTo(Reason.OVERLOADED);
    }

    @Test
    void that_there_was_no_place_is_not_remembered_of_a_name() {
        ask(ORDERS, "flood");
        time.passMillis(1);
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");
        ask(ORDERS, "flood");
        agent.answers();

        assertThat(ask(ORDERS, "another").hasFresh()).isTrue();
    }

    @Test
    void that_there_was_no_place_says_nothing_of_the_agent() {
        ask(ORDERS, "another");
        ask(DB, "another");
        time.pass(Duration.ofSeconds(62));
        agent.answersAfter(Duration.ofMillis(10));
        flood(1_000, "service.consul.", "flood");
        Client client = ask(DB, "another");
        time.passMillis(10);

        assertThat(client.hasFresh()).isTrue();
    }

    @Test
    void a_dead_recursor_takes_no_place_of_the_agents() {
        recursor.isSilent();
        for (int i = 0; i < 1_000; i++) {
            flood(1, "example.com.", "client " + i);
        }
        assertThat(ask(ORDERS, "client 1").hasFresh()).isTrue();
    }

    @Test
    void a_dead_agent_takes_no_place_of_the_recursors() {
        agent.isSilent();
        for (int i = 0; i < 1_000; i++) {
            flood(1, "service.consul.", "client " + i);
        }
        assertThat(ask(WWW, "client 1").hasFresh()).isTrue();
    }

    @Test
    void a_dead_cluster_takes_no_place_of_the_agents() {
        others.isSilent();
        for (int i = 0; i < 1_000; i++) {
            flood(1, "service.other.", "client " + i);
        }
        assertThat(ask(ORDERS, "client 1").hasFresh()).isTrue();
    }

    @Test
    void two_domains_of_one_agent_have_its_places_together() {
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");

        assertThat(shed(flood(1_000, "service.alt.", "flood"))).isEqualTo(1_000);
    }

    @Test
    void a_domain_that_the_agent_gets_later_shares_them_too() {
        agent.isSilent();
        flood(1_000, "service.consul.", "flood");
        DomainName later = DomainName.of("later");
        resolver.use(
                resolver.zones()
                        .with(Zone.consul(later, agent, ConsulSettings.none(CONSUL))
                                .with(LOAD)),
                later);

        assertThat(shed(flood(1_000, "service.later.", "flood"))).isEqualTo(1_000);
        time.pass(Duration.ofMillis(4_500));
        assertThat(waiting(flood(1_000, "service.later.", "flood"))).isEqualTo(PLACES / 2);
    }

    @Test
    void names_of_addresses_and_all_others_have_the_recursors_places_together() {
        recursor.isSilent();
        flood(1_000, "2.0.192.in-addr.arpa.", "flood");

        assertThat(shed(flood(1_000, "example.com.", "flood"))).isEqualTo(1_000);
    }

    @Test
    void what_is_asked_in_the_background_takes_half_of_the_places_at_most() {
        List<Question> names = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String name = "s" + i + ".service.consul.";
            agent.knows(name, Type.A, name + " 0 IN A 10.0.0.1");
            names.add(Question.of(name, Type.A));
        }
        names.forEach(name -> ask(name, name));
        time.passMillis(1);
        agent.isGone();
        names.forEach(name -> ask(name, name));
        agent.isSilent();
        time.pass(Duration.ofSeconds(1));
        int before = agent.asked();
        names.forEach(name -> assertThat(ask(name, "a client").hasStale()).isTrue());
        time.settle();

        assertThat(agent.asked() - before).isEqualTo(PLACES / 2);
        assertThat(ask(Question.of("unknown.service.consul.", Type.A), "a client")
                        .waits())
                .isTrue();
    }

    @Test
    void a_refresh_that_found_no_place_is_tried_again_a_second_later() {
        ask(ORDERS, "a client");
        time.passMillis(1);
        agent.isGone();
        ask(ORDERS, "a client");
        agent.isSilent();
        for (int i = 0; i < PLACES; i++) {
            flood(1, "service.consul.", "client " + i);
        }
        time.pass(Duration.ofSeconds(1));
        ask(ORDERS, "a client");
        time.settle();
        assertThat(agent.asked(ORDERS)).isEqualTo(2);
        agent.answers();
        time.pass(Duration.ofSeconds(4));
        ask(ORDERS, "a client");
        time.settle();

        assertThat(ask(ORDERS, "a client").hasFresh()).isTrue();
    }

    @Test
    void whoever_decides_for_others_sees_whether_there_is_a_place() {
        agent.isSilent();
        Question unknown = Question.of("unknown.service.consul.", Type.A);
        ask(ORDERS, "another");
        assertThat(resolver.hasPlace(unknown, "flood")).isTrue();
        flood(1_000, "service.consul.", "flood");

        assertThat(resolver.hasPlace(unknown, "flood")).isFalse();
        assertThat(resolver.hasPlace(unknown, "another")).isTrue();
        assertThat(resolver.hasPlace(ORDERS, "flood")).isTrue();
        assertThat(resolver.hasPlace(WWW, "flood")).isTrue();
    }

    @Test
    void what_has_come_in_the_meantime_is_given_to_who_has_no_place() {
        ask(DB, "another");

        Resolution instead = resolver.instead(DB);
        assertThat(instead).isNotNull();
        assertThat(instead.isStale()).isFalse();
        assertThat(resolver.instead(ORDERS)).isNull();
    }

    @Test
    void ten_thousand_wait_for_one_answer_and_the_next_is_given_the_last_one() {
        ask(ORDERS, "first");
        time.passMillis(1);
        agent.isSilent();
        for (int i = 0; i < 10_000; i++) {
            assertThat(ask(ORDERS, "client " + i).waits()).isTrue();
        }
        assertThat(ask(ORDERS, "one more").why()).isEqualTo(ExtendedError.OVERLOADED);
        assertThat(ask(DB, "one more").waits()).isTrue();
    }

    @Test
    void an_answer_that_comes_in_time_leaves_nothing_to_be_done_later() {
        ask(ORDERS, "a client");
        agent.answersAfter(Duration.ofMillis(1));
        for (int i = 0; i < 1_000; i++) {
            Client client = ask(ORDERS, "a client");
            time.passMillis(1);
            assertThat(client.hasFresh()).isTrue();
        }
        assertThat(time.due()).isZero();
    }

    @Test
    void a_failure_that_comes_in_time_leaves_nothing_to_be_done_later_either() {
        ask(ORDERS, "a client");
        time.passMillis(1);
        agent.isGone();
        assertThat(ask(ORDERS, "a client").hasStale()).isTrue();

        assertThat(time.due()).isZero();
    }

    private static Resolver withNegativeTtl(Script agent, Script recursor, AnswerCache cache, VirtualTime time) {
        ConsulSettings settings = new ConsulSettings(
                CONSUL, new TtlOverrides(Map.of(), OptionalInt.empty(), 30), () -> 0, ServiceCatalog.NONE);
        return new Resolver(
                new Zones(List.of(
                        Zone.consul(CONSUL, agent, settings), Zone.recursive(DomainName.ROOT, recursor, 86_400))),
                cache,
                time,
                time);
    }

    /** A cache that holds a few hundred names, and 50 of them that are asked for again and again. */
    private final class Small {
        final AnswerCache answers = new AnswerCache(100_000, 100_000);
        final Resolver small = withNegativeTtl(agent, recursor, answers, time);
        final List<Question> hot = new ArrayList<>();

        Small() {
            for (int i = 0; i < 50; i++) {
                String name = "hot" + i + ".service.consul.";
                agent.knows(name, Type.A, name + " 3600 IN A 10.0.0.1").hasNothing(name, Type.AAAA);
                hot.add(Question.of(name, Type.A));
                hot.add(Question.of(name, Type.AAAA));
            }
            hot.forEach(question -> Client.asks(small, question, time));
            use();
        }

        void use() {
            for (int i = 0; i < 5; i++) {
                hot.forEach(answers::get);
            }
        }

        void flood(String suffix) {
            for (int i = 0; i < 10_000; i++) {
                Client.asks(small, Question.of("x" + random++ + "." + suffix, Type.A), "flood", time);
                if (i % 100 == 0) {
                    use();
                }
            }
        }

        void holdsAllThatIsHot() {
            assertThat(hot)
                    .allSatisfy(question -> assertThat(answers.get(question))
                            .extracting(CachedAnswer::answers)
                            .matches(kept -> kept.rcode() == Rcode.NOERROR));
        }
    }

    @Test
    void a_flood_of_names_that_do_not_exist_under_consul_evicts_nothing_hot() {
        Small small = new Small();
        small.flood("service.consul.");

        small.holdsAllThatIsHot();
        assertThat(small.answers.negativeWeight()).isLessThanOrEqualTo(100_000);
    }

    @Test
    void a_flood_of_names_that_do_not_exist_elsewhere_evicts_nothing_hot() {
        Small small = new Small();
        small.flood("example.com.");

        small.holdsAllThatIsHot();
    }

    @Test
    void a_flood_of_names_that_fail_evicts_nothing_hot() {
        Small small = new Small();
        agent.says(Rcode.SERVFAIL);
        small.flood("service.consul.");
        recursor.isGone();
        small.flood("example.com.");

        small.holdsAllThatIsHot();
        assertThat(small.answers.size()).isEqualTo(100);
    }

    @Test
    void a_flood_of_names_that_all_exist_evicts_hardly_anything_hot() {
        Small small = new Small();
        recursor.knowsEverything();
        small.flood("wildcard.example.com.");

        // Who is hot is estimated: a few may be taken for others.
        assertThat(small.hot)
                .filteredOn(question -> small.answers.get(question) != null)
                .hasSizeGreaterThan(80);
        assertThat(small.answers.size()).isGreaterThan(100);
        assertThat(small.answers.weight()).isLessThanOrEqualTo(100_000);
    }
}
