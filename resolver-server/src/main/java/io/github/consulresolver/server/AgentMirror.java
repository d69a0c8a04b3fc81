package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.SettingsPoll;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.server.config.ServerConfig;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does as the agent does, as soon as the agent's settings are known, where nothing else is configured. For the poll's thread. */
final class AgentMirror implements SettingsPoll.Listener {
    private static final Logger log = LoggerFactory.getLogger(AgentMirror.class);

    private final ServerConfig config;
    private final MirroredLimits limits;
    private final AltDomain altDomain;
    private final Runnable forgetInstances;

    /** @param forgetInstances drops what is kept of Consul zones, because it may not be complete */
    AgentMirror(ServerConfig config, MirroredLimits limits, AltDomain altDomain, Runnable forgetInstances) {
        this.config = config;
        this.limits = limits;
        this.altDomain = altDomain;
        this.forgetInstances = forgetInstances;
    }

    @Override
    public void known(AgentSettings settings) {
        if (limits.mirror(settings)) {
            forgetInstances.run();
        }
        Optional<DomainName> alt = settings.altDomain().flatMap(AgentMirror::domain);
        if (config.agentOverrides().altDomains().isEmpty()) {
            altDomain.become(alt);
        }
        log.info(
                "The agent's settings: {}, alt domain {}",
                limits.get(),
                alt.map(DomainName::toString).orElse("none"));
        settings.domain()
                .filter(domain -> !domain.equals(config.domain()))
                .ifPresent(domain -> log.warn(
                        "The agent's domain is {}, and {} is configured here: it answers no names under that. Use --domain {}",
                        domain,
                        config.domain(),
                        domain));
    }

    @Override
    public void unknown(String reason) {
        log.info(
                "The agent's own settings cannot be read from {} ({}). Consul's defaults hold where no flag says otherwise",
                config.consulHttp(),
                reason);
    }

    private static Optional<DomainName> domain(String name) {
        try {
            return Optional.of(DomainName.of(name));
        } catch (IllegalArgumentException nonsense) {
            log.warn("The agent's alt domain is not used, because it is no name: {}", nonsense.getMessage());
            return Optional.empty();
        }
    }
}
