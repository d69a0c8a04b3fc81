package io.github.consulresolver.server;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.SettingsPoll;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.server.config.AgentApi;
import io.github.consulresolver.server.config.ServerConfig;
import io.github.consulresolver.server.reply.ReplyLimits;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does as the agent does, as soon as the agent's settings are known, where nothing else is configured. Told by the poll's thread. */
final class AgentMirror implements SettingsPoll.Listener {
    private static final Logger log = LoggerFactory.getLogger(AgentMirror.class);

    private final ServerConfig config;
    private final MirroredLimits limits;
    private final AltDomain altDomain;
    private final Runnable forgetInstances;
    private volatile boolean known;

    /** @param forgetInstances drops what is kept of Consul zones, because it may not be complete */
    AgentMirror(ServerConfig config, MirroredLimits limits, AltDomain altDomain, Runnable forgetInstances) {
        this.config = config;
        this.limits = limits;
        this.altDomain = altDomain;
        this.forgetInstances = forgetInstances;
    }

    @Override
    public void known(AgentSettings settings) {
        Optional<DomainName> alt = config.agentOverrides().altDomains().isEmpty()
                ? settings.altDomain().flatMap(AgentMirror::domain)
                : Optional.empty();
        ReplyLimits before = limits.get();
        boolean setsMayDiffer = limits.mirror(settings);
        if (altDomain.become(alt) || !limits.get().equals(before)) {
            log.info(
                    "As the agent's settings say: udp-answer-limit {}, a-record-limit {}, truncate {}, alt-domain {}",
                    limits.get().udpAnswerLimit(),
                    limits.get().aRecordLimit(),
                    limits.get().truncate() ? "rfc" : "consul",
                    alt.map(DomainName::toString).orElse("none"));
        }
        if (setsMayDiffer) {
            forgetInstances.run();
        }
        settings.domain().filter(domain -> !domain.equals(config.domain())).ifPresent(this::warnOfDomain);
        known = true;
    }

    private void warnOfDomain(String domain) {
        log.warn(
                "The agent's domain is {}, and here it is {}, for which the agent answers nothing. Use --domain {}",
                domain,
                config.domain(),
                domain);
    }

    /** Whether the agent's settings could be read, at any time since the start. */
    boolean isKnown() {
        return known;
    }

    @Override
    public void unknown(String reason) {
        log.info(
                "The agent's own settings cannot be read from {} ({}{}). Consul's defaults hold where no flag says otherwise",
                config.agentApi().map(AgentApi::address).orElseThrow(),
                reason,
                reason.startsWith("403") ? ", see --consul-token-file" : "");
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
