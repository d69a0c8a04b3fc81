package io.github.consulresolver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import io.github.consulresolver.server.metrics.QueryCounters.Source;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

final class AltDomainTest {
    private static final Upstream NOBODY = question -> new CompletableFuture<>();
    private static final Question NAME = Question.of("web.service.alt", Type.A);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final QueryCounters counters = new QueryCounters(meters, List.of("consul.", "."));
    private final Resolver resolver = new Resolver(
            new Zones(
                    List.of(Zone.consul(DomainName.of("consul"), NOBODY), Zone.recursive(DomainName.ROOT, NOBODY, 60))),
            new AnswerCache(1 << 20, 1 << 20),
            System::nanoTime,
            (delay, task) -> () -> {});
    private final AltDomain altDomain = new AltDomain(resolver, counters, alt -> Zone.consul(alt, NOBODY));

    @Test
    void the_agents_second_domain_has_a_zone_as_long_as_the_agent_has_it() {
        assertThat(zoneOfName()).isEqualTo(".");

        assertThat(altDomain.become(named("alt"))).isTrue();
        assertThat(zoneOfName()).isEqualTo("alt.");

        assertThat(altDomain.become(Optional.empty())).isTrue();
        assertThat(zoneOfName()).isEqualTo(".");
    }

    @Test
    void another_second_domain_takes_the_place_of_the_first() {
        altDomain.become(named("other"));

        altDomain.become(named("alt"));

        assertThat(zoneOfName()).isEqualTo("alt.");
        assertThat(resolver.zones().has(DomainName.of("other"))).isFalse();
    }

    @Test
    void the_same_again_changes_nothing() {
        altDomain.become(named("alt"));
        Zones zones = resolver.zones();

        assertThat(altDomain.become(named("alt"))).isFalse();
        assertThat(resolver.zones()).isSameAs(zones);
    }

    @Test
    void a_domain_that_has_a_zone_already_keeps_that() {
        Zones zones = resolver.zones();

        assertThat(altDomain.become(named("consul"))).isFalse();
        assertThat(altDomain.become(Optional.empty())).isFalse();
        assertThat(resolver.zones()).isSameAs(zones);
    }

    @Test
    void queries_are_counted_under_its_name_and_under_those_of_the_others_as_before() {
        counters.count(resolver.zoneOf(NAME), Protocol.UDP, Type.A, 0, Source.MISS);
        altDomain.become(named("alt"));

        counters.count(resolver.zoneOf(NAME), Protocol.UDP, Type.A, 0, Source.MISS);
        counters.count(resolver.zoneOf(NAME), Protocol.UDP, Type.A, 0, Source.MISS);

        assertThat(counted(".")).isEqualTo(1);
        assertThat(counted("alt.")).isEqualTo(2);
    }

    private static Optional<DomainName> named(String name) {
        return Optional.of(DomainName.of(name));
    }

    private String zoneOfName() {
        return resolver.zones().all().get(resolver.zoneOf(NAME)).toString();
    }

    private double counted(String zone) {
        return meters.get("consul.resolver.queries")
                .tag("zone", zone)
                .functionCounter()
                .count();
    }
}
