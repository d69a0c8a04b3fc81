package io.github.consulresolver.server;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import java.util.Optional;
import java.util.function.Function;

/** The zone of the agent's second domain, which comes when the agent has told it, and goes with it. For one thread. */
final class AltDomain {
    private final Resolver resolver;
    private final QueryCounters counters;
    private final Function<DomainName, Zone> zone;
    private Optional<DomainName> current = Optional.empty();

    /** @param zone makes the zone for a suffix */
    AltDomain(Resolver resolver, QueryCounters counters, Function<DomainName, Zone> zone) {
        this.resolver = resolver;
        this.counters = counters;
        this.zone = zone;
    }

    /** Makes this the second domain; one that has a zone already keeps that. Returns whether anything changed. */
    boolean become(Optional<DomainName> domain) {
        Optional<DomainName> before = current;
        if (domain.equals(before)) {
            return false;
        }
        before.ifPresent(old -> use(resolver.zones().without(old), old));
        current = domain.filter(name -> !resolver.zones().has(name));
        current.ifPresent(name -> use(resolver.zones().with(zone.apply(name)), name));
        return !current.equals(before);
    }

    private void use(Zones zones, DomainName changed) {
        // First, so that no answer comes from a zone that has no label.
        counters.label(zones.all().stream().map(Zone::toString).toList());
        resolver.use(zones, changed);
    }
}
