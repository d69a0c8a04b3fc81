package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** Answers with TTL 0 that are given for a moment all the same, because somebody wants that. */
class TtlZeroCacheTest {
    private static final String NAME = "web.service.consul.";
    private static final Question WEB = Question.of(NAME, Type.A);

    private final VirtualTime time = new VirtualTime();
    private final Script agent = new Script(time);
    private final AnswerCache cache = new AnswerCache(1 << 20, 1 << 20);

    private Resolver resolver(Duration longest) {
        Zone consul = Zone.consul(DomainName.of("consul"), agent).withTtlZeroFor(longest);
        return new Resolver(new Zones(List.of(consul, Zone.recursive(DomainName.ROOT, agent, 60))), cache, time, time);
    }

    private void ask(Resolver resolver) {
        Client.asks(resolver, WEB, time);
        time.settle();
    }

    @Test
    void usually_each_client_has_the_agent_asked() {
        Resolver resolver = resolver(Duration.ZERO);
        ask(resolver);
        ask(resolver);

        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void an_answer_is_given_for_as_long_as_is_wanted() {
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1");
        Resolver resolver = resolver(Duration.ofSeconds(1));
        ask(resolver);
        time.passMillis(999);
        ask(resolver);
        assertThat(agent.asked()).isEqualTo(1);

        time.passMillis(1);
        ask(resolver);
        assertThat(agent.asked()).isEqualTo(2);
    }

    @Test
    void that_there_is_nothing_is_given_for_as_long() {
        Resolver resolver = resolver(Duration.ofSeconds(1));
        ask(resolver);
        ask(resolver);

        assertThat(agent.asked()).isEqualTo(1);
    }

    @Test
    void clients_see_the_agents_TTL() {
        agent.knows(NAME, Type.A, NAME + " 0 IN A 10.0.0.1");
        ask(resolver(Duration.ofSeconds(1)));

        assertThat(cache.get(WEB).answers().ttl()).isZero();
    }

    @Test
    void an_answer_with_a_TTL_has_that() {
        agent.knows(NAME, Type.A, NAME + " 5 IN A 10.0.0.1");
        Resolver resolver = resolver(Duration.ofSeconds(1));
        ask(resolver);
        time.passMillis(4999);
        ask(resolver);
        assertThat(agent.asked()).isEqualTo(1);

        time.passMillis(1);
        ask(resolver);
        assertThat(agent.asked()).isEqualTo(2);
    }
}
