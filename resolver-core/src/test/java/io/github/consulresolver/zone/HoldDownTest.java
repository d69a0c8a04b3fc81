package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The last instances of a service that suddenly has none, where somebody wants them for a little while longer. */
class HoldDownTest {
    private static final String NAME = "orders.service.consul.";
    private static final Question ORDERS = Question.of(NAME, Type.A);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time).knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1");
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);
    private final List<String> held = new ArrayList<>();
    private final Resolver resolver = holding(Duration.ofSeconds(5));

    private Resolver holding(Duration longest) {
        return new Resolver(
                new Zones(List.of(
                        Zone.consul(DomainName.of("consul"), agent).with(StalePolicy.CONSUL.withHoldDown(longest)),
                        Zone.recursive(DomainName.ROOT, agent, 86_400))),
                cache,
                time,
                time,
                new ResolverListener() {
                    @Override
                    public void heldDown(Zone zone) {
                        held.add(zone.toString());
                    }
                });
    }

    private Client ask() {
        Client client = Client.asks(resolver, ORDERS, time);
        time.passMillis(1);
        return client;
    }

    @Test
    void it_is_off_unless_somebody_wants_it() {
        assertThat(StalePolicy.CONSUL.holdDown()).isZero();
        assertThat(StalePolicy.RECURSORS.holdDown()).isZero();
    }

    @Test
    void a_service_that_suddenly_has_no_instances_keeps_its_last_ones() {
        ask();
        agent.forgets(NAME);
        Client client = ask();

        assertThat(client.hasStale()).isTrue();
        assertThat(client.rcode()).isEqualTo(Rcode.NOERROR);
        assertThat(client.why()).isNull();
        assertThat(held).containsExactly("consul.");
    }

    @Test
    void so_does_one_whose_answer_is_empty() {
        ask();
        agent.hasNothing(NAME, Type.A);

        assertThat(ask().hasStale()).isTrue();
    }

    @Test
    void after_the_time_that_was_set_it_is_believed() {
        ask();
        agent.forgets(NAME);
        for (int i = 0; i < 49; i++) {
            assertThat(ask().hasStale()).isTrue();
            time.passMillis(99);
        }
        time.passMillis(200);

        assertThat(ask().rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(ask().rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void who_asks_for_the_first_time_after_it_is_told_the_truth() {
        ask();
        agent.forgets(NAME);
        ask();
        time.pass(Duration.ofSeconds(6));

        assertThat(ask().rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void instances_that_come_back_are_given_within_a_second() {
        ask();
        agent.forgets(NAME);
        ask();
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.7");
        time.pass(Duration.ofSeconds(1));
        ask();

        assertThat(ask().hasFresh()).isTrue();
    }

    @Test
    void meanwhile_nobody_waits_and_the_agent_is_asked_once_a_second() {
        ask();
        agent.forgets(NAME);
        ask();
        int before = agent.asked();
        for (int i = 0; i < 39; i++) {
            time.passMillis(99);
            assertThat(ask().waited()).isZero();
        }
        assertThat(agent.asked() - before).isEqualTo(3);
    }

    @Test
    void a_name_that_never_had_instances_has_none_to_keep() {
        agent.forgets(NAME);

        assertThat(ask().rcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(held).isEmpty();
    }

    @Test
    void instances_of_long_ago_are_not_given() {
        ask();
        time.pass(Duration.ofMinutes(2));
        agent.forgets(NAME);

        assertThat(ask().rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void without_it_emptiness_is_believed_at_once() {
        Resolver believing = holding(Duration.ZERO);
        Client.asks(believing, ORDERS, time);
        agent.forgets(NAME);

        assertThat(Client.asks(believing, ORDERS, time).rcode()).isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void an_agent_that_fails_meanwhile_is_a_failure_like_any_other() {
        ask();
        agent.forgets(NAME);
        ask();
        agent.isGone();
        time.pass(Duration.ofSeconds(1));
        ask();
        time.settle();
        CachedAnswer kept = cache.get(ORDERS);

        assertThat(kept).isNotNull();
        assertThat(kept.failure()).isNotNull();
        assertThat(kept.failure().kind()).isEqualTo(Failure.Kind.SILENT);
        assertThat(ask().hasStale()).isTrue();
    }
}
