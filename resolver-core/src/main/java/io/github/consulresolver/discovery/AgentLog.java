package io.github.consulresolver.discovery;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.SettingsPoll;
import io.github.consulresolver.upstream.UpstreamListener;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how it stands with the agents. Thread-safe. */
final class AgentLog implements UpstreamListener, SettingsPoll.Listener {
    private static final Logger log = LoggerFactory.getLogger(ServiceResolver.class);

    private final Settings settings;
    private final AtomicBoolean saidPartial = new AtomicBoolean();

    AgentLog(Settings settings) {
        this.settings = settings;
    }

    @Override
    public void down(InetSocketAddress agent) {
        log.warn(
                "The Consul agent at {} does not answer DNS. {}",
                NetUtil.toSocketAddressString(agent),
                settings.agents().size() > 1
                        ? "Others are asked first until it does"
                        : "Until it does, names are resolved as they were known last");
        settings.listener().agentDown(agent);
    }

    @Override
    public void up(InetSocketAddress agent) {
        log.info("The Consul agent at {} answers DNS again", NetUtil.toSocketAddressString(agent));
        settings.listener().agentUp(agent);
    }

    /** An answer has not all instances. That is said once: it is so with each answer about a service as large. */
    void partial() {
        if (!saidPartial.getAndSet(true)) {
            log.warn(
                    "A service has more instances than an answer over DNS holds, and some are missing. {}",
                    settings.http().isPresent()
                            ? "The agent's HTTP API, which tells of all, does not answer, or tells of others"
                            : "Built with http(...), the resolver has all of them");
        }
    }

    @Override
    public void known(AgentSettings known) {
        known.domain()
                .filter(domain -> !isOurs(domain))
                .ifPresent(domain -> log.warn(
                        "The agent's domain is {}, and this resolver asks for names in {}, for which the agent answers nothing. Build it with domain(\"{}\")",
                        domain,
                        settings.domain(),
                        domain));
    }

    private boolean isOurs(String domain) {
        return (domain.endsWith(".") ? domain : domain + ".")
                .equalsIgnoreCase(settings.domain().toString());
    }

    @Override
    public void unknown(String reason) {
        log.info(
                "The Consul agent's HTTP API at {} does not tell its settings ({}{}). Names are resolved over DNS, and changes are seen when a TTL is over",
                settings.http().map(Object::toString).orElse("-"),
                reason,
                reason.startsWith("403") ? ": build the resolver with token(...)" : "");
    }
}
