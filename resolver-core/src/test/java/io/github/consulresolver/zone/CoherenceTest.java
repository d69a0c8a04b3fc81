package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Coverage;
import io.github.consulresolver.cache.Lease;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.CatalogInstance.Addresses;
import io.github.consulresolver.zone.CatalogName.Kind;
import io.github.consulresolver.zone.CoherenceListener.Fallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** How answers become coherent, and what becomes of them when something changes. */
class CoherenceTest {
    private static final String NAME = "web.service.consul.";
    private static final Question WEB = Question.of(NAME, Type.A);
    private static final Duration MOMENT = Duration.ofMillis(10);
    private static final Duration LONG = Duration.ofSeconds(3);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time);
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final Lease lease = new Lease(time.getAsLong());
    private final List<CatalogName> interest = new ArrayList<>();
    private final List<Fallback> fallbacks = new ArrayList<>();
    private final List<Long> renewals = new ArrayList<>();
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.consul(DomainName.of("consul"), agent).watched(), Zone.recursive(DomainName.ROOT, agent, 60))),
            cache,
            time,
            time);
    private final Coherence coherence =
            new Coherence(resolver, cache, this::now, time, interest::add, new CoherenceListener() {
                @Override
                public void fallsBack(Fallback why) {
                    fallbacks.add(why);
                }

                @Override
                public void renewed(long nanos) {
                    renewals.add(nanos);
                }
            });
    /** What happens after Coherence has looked at the clock, once. */
    private Runnable meanwhile = () -> {};

    private Coverage coverage = new Coverage(lease, time.getAsLong());

    CoherenceTest() {
        lease.until(time.getAsLong() + TimeUnit.DAYS.toNanos(1));
        coherence.start();
        // Before it, time has passed.
        time.pass(MOMENT);
    }

    private long now() {
        long now = time.getAsLong();
        Runnable happens = meanwhile;
        meanwhile = () -> {};
        happens.run();
        return now;
    }

    private static CatalogName service(String name) {
        return new CatalogName(Kind.SERVICE, name);
    }

    private static CatalogInstance at(String address, String... tags) {
        return new CatalogInstance(
                "n1",
                "dc1",
                new Addresses("10.9.9.9", "", ""),
                new Addresses(address, "", ""),
                80,
                1,
                List.of(tags),
                List.of());
    }

    /** As a watch does: what was said before has changed. */
    private void known(CatalogInstance... instances) {
        coverage.change(time.getAsLong());
        coverage = new Coverage(lease, time.getAsLong());
        coherence.known(service("web"), List.of(instances), coverage);
    }

    private void dnsSays(int ttl, String... addresses) {
        String[] records = new String[addresses.length];
        for (int i = 0; i < addresses.length; i++) {
            records[i] = NAME + " " + ttl + " IN A " + addresses[i];
        }
        agent.knows(NAME, Type.A, records);
    }

    private Client ask(Question question) {
        Client client = Client.asks(resolver, question, time);
        time.settle();
        return client;
    }

    private boolean isCoherent(Question question) {
        CachedAnswer kept = cache.get(question);
        return kept != null && kept.isCoherent(time.getAsLong());
    }

    @Test
    void who_asks_for_instances_shows_interest_in_their_service() {
        ask(Question.of("blue.web.service.consul.", Type.SRV));

        assertThat(interest).containsExactly(service("web"));
    }

    @Test
    void who_relies_on_an_answer_shows_interest_and_asks_nobody() {
        resolver.verify(WEB);
        time.settle();

        assertThat(interest).containsExactly(service("web"));
        assertThat(agent.asked(WEB)).isZero();
    }

    @Test
    void an_answer_that_somebody_relies_on_is_fetched_again_when_it_turns_out_to_be_another() {
        dnsSays(3600, "10.0.0.1");
        ask(WEB);
        resolver.verify(WEB);
        dnsSays(3600, "10.0.0.2");

        known(at("10.0.0.2"));
        time.settle();

        assertThat(agent.asked(WEB)).isEqualTo(2);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void an_answer_that_turned_out_to_be_another_before_is_fetched_again_when_somebody_relies_on_it() {
        dnsSays(3600, "10.0.0.1");
        ask(WEB);
        dnsSays(3600, "10.0.0.2");
        known(at("10.0.0.2"));

        resolver.verify(WEB);
        time.settle();

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void an_answer_that_is_coherent_is_not_fetched_again_for_who_relies_on_it() {
        known(at("10.0.0.1"));
        dnsSays(0, "10.0.0.1");
        ask(WEB);

        resolver.verify(WEB);
        time.settle();

        assertThat(agent.asked(WEB)).isEqualTo(1);
    }

    @Test
    void names_that_are_neither_services_nor_nodes_interest_nobody() {
        ask(Question.of("node.consul.", Type.A));
        ask(Question.of("n1.node.consul.", Type.SRV));
        ask(Question.of("n1.node.dc2.consul.", Type.A));
        ask(Question.of("n1.node.east.peer.consul.", Type.A));
        ask(Question.of("0a000001.addr.consul.", Type.A));
        ask(Question.of("web.service.dc2.consul.", Type.A));
        ask(Question.of("some.query.consul.", Type.A));
        ask(Question.of("example.org.", Type.A));
        ask(Question.of(NAME, Type.TXT));

        assertThat(interest).isEmpty();
    }

    @Test
    void a_name_with_the_agents_own_datacenter_is_as_good_as_one_without() {
        String name = "web.service.dc1.consul.";
        agent.knows(name, Type.A, name + " 0 IN A 10.0.0.1");
        coherence.isIn("dc1");
        known(at("10.0.0.1"));
        ask(Question.of(name, Type.A));

        assertThat(interest).containsExactly(service("web"));
        assertThat(isCoherent(Question.of(name, Type.A))).isTrue();
    }

    @Test
    void a_name_with_another_datacenter_lives_by_its_TTL() {
        String name = "web.service.dc2.consul.";
        agent.knows(name, Type.A, name + " 0 IN A 10.0.0.1");
        coherence.isIn("dc1");
        known(at("10.0.0.1"));
        ask(Question.of(name, Type.A));

        assertThat(interest).isEmpty();
        assertThat(isCoherent(Question.of(name, Type.A))).isFalse();
    }

    @Test
    void an_answer_that_agrees_is_coherent() {
        dnsSays(0, "10.0.0.1", "10.0.0.2");
        known(at("10.0.0.1"), at("10.0.0.2"));
        ask(WEB);

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void a_coherent_answer_is_given_without_asking_anybody() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        time.pass(Duration.ofHours(1));
        int asked = agent.asked();

        assertThat(ask(WEB).hasFresh()).isTrue();
        assertThat(agent.asked()).isEqualTo(asked);
    }

    @Test
    void nobodys_watch_makes_nothing_coherent() {
        dnsSays(0, "10.0.0.1");
        ask(WEB);

        assertThat(isCoherent(WEB)).isFalse();
    }

    @Test
    void an_answer_that_was_asked_for_before_the_instances_were_known_is_fetched_again() {
        dnsSays(0, "10.0.0.1");
        agent.answersAfter(MOMENT);
        ask(WEB);
        time.pass(MOMENT.dividedBy(2));
        known(at("10.0.0.1"));
        time.pass(MOMENT);
        assertThat(agent.asked()).isEqualTo(2);
        assertThat(isCoherent(WEB)).isFalse();

        time.pass(MOMENT);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void a_change_has_the_answer_fetched_before_anybody_asks() {
        dnsSays(0, "10.0.0.1", "10.0.0.2");
        known(at("10.0.0.1"), at("10.0.0.2"));
        ask(WEB);
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        time.settle();

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked(WEB)).isEqualTo(2);
        assertThat(renewals).hasSize(1);
    }

    @Test
    void an_answer_is_not_late_for_a_change_that_comes_while_it_is_compared() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        CachedAnswer answer = Objects.requireNonNull(cache.get(WEB));
        dnsSays(0, "10.0.0.2");
        meanwhile = () -> {
            time.pass(MOMENT);
            known(at("10.0.0.2"));
        };

        coherence.fetched(resolver.zones().of(WEB), WEB, answer, time.getAsLong());
        assertThat(renewals).isEmpty();

        time.settle();
        assertThat(renewals).containsExactly(0L);
    }

    @Test
    void what_has_changed_is_not_given_while_the_agent_is_asked_again() {
        dnsSays(60, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        agent.answersAfter(MOMENT);
        known(at("10.0.0.2"));

        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isFalse();
    }

    @Test
    void a_flood_of_changes_is_one_question_at_a_time() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        agent.answersAfter(Duration.ofMillis(100));
        for (int i = 2; i < 20; i++) {
            known(at("10.0.0." + i));
            time.passMillis(1);
        }
        dnsSays(0, "10.0.0.19");
        int asked = agent.asked();
        time.pass(LONG);

        assertThat(asked).isEqualTo(2);
        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(3);
    }

    @Test
    void a_change_that_does_not_show_in_the_answer_asks_nobody() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        known(at("10.0.0.1", "new-tag"));
        time.pass(LONG);

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void a_change_of_what_stands_beside_the_instances_is_one() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        CatalogInstance one = at("10.0.0.1");
        known(new CatalogInstance("n1", "dc1", one.ofNode(), one.ofService(), 80, 1, List.of(), List.of("rack=7")));
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void tags_are_told_apart_by_one_watch() {
        Question blue = Question.of("BLUE.web.service.consul.", Type.A);
        agent.knows("blue.web.service.consul.", Type.A, "blue.web.service.consul. 0 IN A 10.0.0.2");
        known(at("10.0.0.1"), at("10.0.0.2", "Blue"));
        ask(blue);

        assertThat(isCoherent(blue)).isTrue();
    }

    @Test
    void that_there_is_nothing_is_coherent_until_something_comes() {
        known();
        assertThat(ask(WEB).rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(isCoherent(WEB)).isTrue();

        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        time.settle();
        assertThat(cache.get(WEB).answers().isNegative()).isFalse();
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void that_there_is_none_of_the_type_is_coherent() {
        Question aaaa = Question.of(NAME, Type.AAAA);
        agent.hasNothing(NAME, Type.AAAA);
        known(at("10.0.0.1"));
        ask(aaaa);

        assertThat(isCoherent(aaaa)).isTrue();
    }

    @Test
    void a_DNS_that_is_behind_is_asked_again_until_it_agrees() {
        dnsSays(60, "10.0.0.1");
        known(at("10.0.0.2"));
        ask(WEB);
        time.passMillis(3);
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isFalse();

        dnsSays(60, "10.0.0.2");
        time.pass(MOMENT);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void a_DNS_that_goes_on_disagreeing_is_left_alone_and_its_answers_live_by_their_TTL() {
        dnsSays(60, "10.0.0.1");
        known(at("10.0.0.2"));
        ask(WEB);
        time.pass(LONG);
        int asked = agent.asked();

        assertThat(fallbacks).containsExactly(Fallback.DISAGREES);
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isTrue();
        assertThat(isCoherent(WEB)).isFalse();
        time.pass(LONG);
        assertThat(agent.asked()).isEqualTo(asked);
    }

    @Test
    void after_the_next_change_it_is_tried_again() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.2"));
        ask(WEB);
        time.pass(LONG);
        known(at("10.0.0.1"));
        time.settle();

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void instances_with_host_names_are_not_compared() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"), at("db.example.org"));
        ask(WEB);

        assertThat(fallbacks).containsExactly(Fallback.NOT_COMPARABLE);
        assertThat(isCoherent(WEB)).isFalse();
        assertThat(cache.get(WEB).coverage()).isNull();
    }

    @Test
    void what_nobody_has_asked_for_in_a_minute_is_not_fetched_again() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        time.pass(Duration.ofSeconds(61));
        known(at("10.0.0.2"));
        time.pass(LONG);

        assertThat(agent.asked()).isEqualTo(1);
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isFalse();
    }

    @Test
    void a_hit_is_a_use() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        time.pass(Duration.ofSeconds(61));
        cache.get(WEB).use();
        dnsSays(0, "10.0.0.2");
        known(at("10.0.0.2"));
        time.settle();

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void whether_a_service_was_used_is_told_once() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        assertThat(coherence.isUsed(service("web"))).isFalse();
        cache.get(WEB).use();

        assertThat(coherence.isUsed(service("web"))).isTrue();
        assertThat(coherence.isUsed(service("web"))).isFalse();
        assertThat(coherence.isUsed(service("other"))).isFalse();
    }

    @Test
    void what_is_not_known_any_more_makes_nothing_coherent() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        coverage.end(time.getAsLong());
        coherence.unknown(service("web"), false);
        ask(WEB);

        assertThat(isCoherent(WEB)).isFalse();
    }

    @Test
    void after_a_gap_an_answer_that_still_agrees_is_fetched_all_the_same() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        coverage.end(time.getAsLong());
        coherence.unknown(service("web"), false);
        known(at("10.0.0.1"));
        time.settle();

        assertThat(agent.asked()).isEqualTo(2);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void what_an_agent_says_after_it_was_lost_does_not_take_the_place_of_what_was_known() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        coverage.end(time.getAsLong());
        coherence.unknown(service("web"), true);
        agent.forgets(NAME);

        Client client = ask(WEB);
        assertThat(client.hasStale()).isTrue();
        assertThat(client.isToldThatThereIsNothing()).isFalse();

        known();
        time.settle();
        assertThat(ask(WEB).isToldThatThereIsNothing()).isTrue();
    }

    @Test
    void it_is_believed_when_what_was_known_is_too_old() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        coverage.end(time.getAsLong());
        coherence.unknown(service("web"), true);
        agent.forgets(NAME);
        time.pass(Duration.ofSeconds(61));

        assertThat(ask(WEB).isToldThatThereIsNothing()).isTrue();
    }

    @Test
    void it_is_believed_when_nobody_watches_any_more() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        coherence.unknown(service("web"), true);
        coherence.forget(service("web"));
        coverage.end(time.getAsLong());
        agent.forgets(NAME);

        assertThat(ask(WEB).isToldThatThereIsNothing()).isTrue();
    }

    // Services that nobody watches, but which were looked at.

    /** As when a signal moves: what was known ends, and nobody is told. */
    private void move() {
        coverage.end(time.getAsLong());
        coverage = new Coverage(lease, time.getAsLong());
    }

    private void checked(CatalogInstance... instances) {
        coherence.checked(service("web"), List.of(instances), coverage);
        time.settle();
    }

    @Test
    void an_answer_that_agrees_with_what_was_looked_at_is_coherent() {
        dnsSays(0, "10.0.0.1", "10.0.0.2");
        checked(at("10.0.0.1"), at("10.0.0.2"));
        ask(WEB);

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void after_a_move_it_is_not_and_nobody_is_asked_before_somebody_asks() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        time.pass(LONG);

        assertThat(isCoherent(WEB)).isFalse();
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void after_a_move_its_TTL_rules() {
        dnsSays(60, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        time.pass(Duration.ofMinutes(5));
        move();

        time.pass(Duration.ofSeconds(59));
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isTrue();
        time.pass(Duration.ofSeconds(2));
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isFalse();
    }

    @Test
    void what_is_looked_at_again_and_is_the_same_needs_no_question() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        checked(at("10.0.0.1"));

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void what_would_be_the_same_needs_none_either() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        checked(at("10.0.0.1", "new-tag"));

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void what_was_asked_for_after_a_move_and_agrees_when_it_is_looked_at_needs_no_second_question() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        dnsSays(0, "10.0.0.2");
        ask(WEB);
        assertThat(isCoherent(WEB)).isFalse();
        checked(at("10.0.0.2"));

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void what_was_asked_for_before_a_move_and_agrees_by_chance_is_fetched_again() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        move();
        dnsSays(0, "10.0.0.2");
        ask(WEB);
        time.pass(MOMENT);
        move();
        checked(at("10.0.0.2"));

        assertThat(agent.asked()).isEqualTo(2);
        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void what_is_looked_at_and_is_another_is_given_no_more_and_fetched_at_once() {
        dnsSays(60, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        agent.answersAfter(MOMENT);
        dnsSays(60, "10.0.0.2");
        checked(at("10.0.0.2"));
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isFalse();
        time.pass(MOMENT);

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void what_comes_after_a_move_is_not_measured_by_what_was_known_before() {
        dnsSays(60, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        time.pass(Duration.ofMinutes(2));
        move();
        time.pass(Duration.ofMinutes(2));
        dnsSays(60, "10.0.0.2");
        ask(WEB);
        time.pass(LONG);

        assertThat(agent.asked()).isEqualTo(2);
        assertThat(cache.get(WEB).isFresh(time.getAsLong())).isTrue();
        assertThat(fallbacks).isEmpty();
    }

    @Test
    void a_DNS_that_is_behind_what_was_looked_at_is_asked_until_it_agrees_or_a_signal_moves() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.2"));
        ask(WEB);
        time.passMillis(3);
        move();
        time.passMillis(100);
        int asked = agent.asked();
        time.pass(LONG);

        assertThat(asked).isBetween(2, 4);
        assertThat(agent.asked()).isEqualTo(asked);
    }

    @Test
    void a_service_that_gets_a_watch_of_its_own_keeps_its_answer() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        Coverage own = new Coverage(lease, time.getAsLong());
        coherence.known(service("web"), List.of(at("10.0.0.1")), own);
        time.settle();
        move();

        assertThat(isCoherent(WEB)).isTrue();
        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void a_service_that_loses_its_watch_is_covered_when_it_was_looked_at() {
        dnsSays(0, "10.0.0.1");
        known(at("10.0.0.1"));
        ask(WEB);
        coherence.forget(service("web"));
        move();
        assertThat(isCoherent(WEB)).isFalse();
        checked(at("10.0.0.1"));
        ask(WEB);

        assertThat(isCoherent(WEB)).isTrue();
    }

    @Test
    void that_there_is_nothing_is_coherent_until_a_signal_moves() {
        checked();
        assertThat(ask(WEB).rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(isCoherent(WEB)).isTrue();

        move();
        dnsSays(0, "10.0.0.1");
        assertThat(ask(WEB).rcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void what_an_agent_says_after_it_has_died_is_doubted_for_what_was_looked_at_too() {
        dnsSays(0, "10.0.0.1");
        checked(at("10.0.0.1"));
        ask(WEB);
        move();
        coherence.doubtTail(Kind.SERVICE, true);
        agent.forgets(NAME);
        assertThat(ask(WEB).isToldThatThereIsNothing()).isFalse();

        coherence.doubtTail(Kind.SERVICE, false);
        assertThat(ask(WEB).isToldThatThereIsNothing()).isTrue();
    }

    @Test
    void who_asks_for_the_mesh_shows_interest_in_its_part() {
        ask(Question.of("web.connect.consul.", Type.SRV));
        ask(Question.of("web.ingress.consul.", Type.A));
        ask(Question.of("some.web.connect.consul.", Type.A));
        ask(Question.of("_web._tcp.ingress.consul.", Type.A));
        ask(Question.of("web.virtual.consul.", Type.A));

        assertThat(interest)
                .containsExactly(new CatalogName(Kind.CONNECT, "web"), new CatalogName(Kind.INGRESS, "web"));
    }

    @Test
    void a_service_and_what_leads_to_it_are_not_the_same() {
        String name = "web.connect.consul.";
        agent.knows(name, Type.A, name + " 0 IN A 10.0.0.1");
        checked(at("10.0.0.1"));
        ask(Question.of(name, Type.A));
        assertThat(isCoherent(Question.of(name, Type.A))).isFalse();

        coherence.checked(new CatalogName(Kind.CONNECT, "web"), List.of(at("10.0.0.1")), coverage);
        ask(Question.of(name, Type.A));
        assertThat(isCoherent(Question.of(name, Type.A))).isTrue();
    }

    private static final String N1 = "n1.node.consul.";
    private static final CatalogName NODE = new CatalogName(Kind.NODE, "n1");

    private static CatalogInstance node(String address, String... meta) {
        Addresses none = new Addresses("", "", "");
        return new CatalogInstance("N1", "dc1", new Addresses(address, "", ""), none, 0, 1, List.of(), List.of(meta));
    }

    private void checkedNode(CatalogInstance... nodes) {
        coverage = new Coverage(lease, time.getAsLong());
        coherence.checked(NODE, List.of(nodes), coverage);
    }

    @Test
    void who_asks_for_a_node_shows_interest_in_it() {
        ask(Question.of("a.b.node.dc1.consul.", Type.TXT));
        assertThat(interest).isEmpty();

        coherence.isIn("dc1");
        ask(Question.of("a.b.node.dc1.consul.", Type.TXT));
        assertThat(interest).containsExactly(new CatalogName(Kind.NODE, "a.b"));
    }

    @Test
    void an_answer_about_a_node_that_agrees_is_coherent() {
        agent.knows(N1, Type.A, N1 + " 0 IN A 10.0.0.1");
        checkedNode(node("10.0.0.1", "rack=7"));
        ask(Question.of(N1, Type.A));

        assertThat(isCoherent(Question.of(N1, Type.A))).isTrue();
    }

    @Test
    void an_answer_with_another_address_of_a_node_is_not_coherent() {
        agent.knows(N1, Type.A, N1 + " 0 IN A 10.0.0.2");
        checkedNode(node("10.0.0.1"));
        ask(Question.of(N1, Type.A));

        assertThat(isCoherent(Question.of(N1, Type.A))).isFalse();
    }

    @Test
    void that_a_node_is_absent_is_coherent_until_a_signal_moves() {
        checkedNode();
        Question question = Question.of(N1, Type.AAAA);
        assertThat(ask(question).rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(isCoherent(question)).isTrue();

        move();
        agent.knows(N1, Type.AAAA, N1 + " 0 IN AAAA fd00::1");
        assertThat(ask(question).rcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void what_a_node_is_called_belongs_to_its_answer() {
        Question any = Question.of(N1, Type.ANY);
        agent.knows(N1, Type.ANY, N1 + " 0 IN A 10.0.0.1", N1 + " 0 IN TXT \"rack=7\"", N1 + " 0 IN TXT \"alone\"");
        checkedNode(node("10.0.0.1", "rack=7", "RFC1035-x=alone"));
        ask(any);
        assertThat(isCoherent(any)).isTrue();

        move();
        checkedNode(node("10.0.0.1", "rack=8", "RFC1035-x=alone"));
        assertThat(isCoherent(any)).isFalse();
    }

    @Test
    void a_node_that_is_called_what_DNS_has_no_room_for_lives_by_its_TTL() {
        Question text = Question.of(N1, Type.TXT);
        agent.knows(N1, Type.TXT, N1 + " 0 IN TXT \"a=b\"");
        checkedNode(node("10.0.0.1", "a=" + "b".repeat(254)));
        ask(text);

        assertThat(isCoherent(text)).isFalse();
        assertThat(fallbacks).containsOnly(Fallback.NOT_COMPARABLE);
    }

    @Test
    void nodes_are_doubted_apart_from_services() {
        Question question = Question.of(N1, Type.A);
        agent.knows(N1, Type.A, N1 + " 0 IN A 10.0.0.1");
        checkedNode(node("10.0.0.1"));
        ask(question);
        move();
        coherence.doubtTail(Kind.NODE, true);
        coherence.doubtTail(Kind.SERVICE, false);
        agent.forgets(N1);
        assertThat(ask(question).isToldThatThereIsNothing()).isFalse();

        coherence.doubtTail(Kind.NODE, false);
        assertThat(ask(question).isToldThatThereIsNothing()).isTrue();
    }
}
