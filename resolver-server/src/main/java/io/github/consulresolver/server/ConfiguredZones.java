package io.github.consulresolver.server;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.upstream.AgentGroup;
import io.github.consulresolver.upstream.AgentUpstream;
import io.github.consulresolver.upstream.LoopMark;
import io.github.consulresolver.upstream.RecursorUpstream;
import io.github.consulresolver.upstream.ReverseUpstream;
import io.github.consulresolver.upstream.Transport;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamListener;
import io.github.consulresolver.zone.ConsulSettings;
import io.github.consulresolver.zone.ServiceCatalog;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import java.util.ArrayList;
import java.util.List;

/** The zones that a configuration asks for: the agent's domains, other clusters', names of addresses, and all the rest. */
final class ConfiguredZones {
    private final ServerConfig config;
    private final Transport transport;
    private final UpstreamListener listener;
    private final MirroredLimits limits;
    private final ServiceCatalog catalog;
    private final DomainName home;
    private final AgentUpstream agent;
    private final RecursorUpstream recursors;

    /** @param mark what questions to recursors have on them */
    ConfiguredZones(
            ServerConfig config,
            Transport transport,
            UpstreamListener listener,
            MirroredLimits limits,
            ServiceCatalog catalog,
            LoopMark mark) {
        this.config = config;
        this.transport = transport;
        this.listener = listener;
        this.limits = limits;
        this.catalog = catalog;
        home = DomainName.of(config.domain());
        agent = new AgentUpstream(config.consul(), transport, listener);
        recursors = new RecursorUpstream(config.recursors(), transport, listener, mark);
    }

    Zones zones() {
        List<Zone> all = new ArrayList<>();
        all.add(ofAgent(home));
        config.agentOverrides().altDomains().forEach(alt -> all.add(ofAgent(DomainName.of(alt))));
        config.zones().forEach((suffix, agents) -> {
            AgentGroup group = new AgentGroup(agents, transport, listener);
            all.add(consul(DomainName.of(suffix), group, ServiceCatalog.NONE));
        });
        Upstream reverse = new ReverseUpstream(agent, recursors);
        Zone.REVERSE.forEach(suffix -> all.add(recursive(suffix, reverse)));
        all.add(recursive(DomainName.ROOT, recursors));
        return new Zones(all);
    }

    /** A zone that our own agent answers for: its domain, or another word for it. */
    Zone ofAgent(DomainName suffix) {
        return consul(suffix, agent, catalog).watched();
    }

    /** A limit that our own agent has is taken to hold at other clusters' agents, too. */
    private Zone consul(DomainName suffix, Upstream agents, ServiceCatalog services) {
        DomainName domain = agents == agent ? home : suffix;
        ConsulSettings settings =
                new ConsulSettings(domain, config.agentOverrides().ttls(), limits::agentsLimit, services);
        return Zone.consul(suffix, agents, settings)
                .with(config.stale().consul())
                .with(config.load())
                .withTtlZeroFor(config.watching().ttlZeroCache());
    }

    private Zone recursive(DomainName suffix, Upstream upstream) {
        int maxTtl = (int) Math.min(Integer.MAX_VALUE, config.maxTtl().toSeconds());
        return Zone.recursive(suffix, upstream, maxTtl)
                .with(config.stale().recursors())
                .with(config.load());
    }
}
