package io.github.consulresolver.catalog;

import io.github.consulresolver.agent.AgentSettings;
import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.agent.ServiceEntry.Status;
import io.github.consulresolver.zone.CatalogInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Those of a service's instances that the agent's DNS answers with, as far as its settings are known. Thread-safe. */
final class AnsweringInstances {
    private volatile AgentSettings settings = AgentSettings.UNKNOWN;

    /** From now on these are the settings of the agent. */
    void learn(AgentSettings known) {
        settings = known;
    }

    /**
     * With access control, no entry at all says nothing. An agent shows the same to a token that may not see the service, does not say so (no
     * header tells, on any version), and is silent when it registers; its DNS may have a token that sees more.
     *
     * @throws IllegalStateException when it is not known whether one is among them, or whether there are others
     */
    List<CatalogInstance> of(List<ServiceEntry> entries) {
        if (entries.isEmpty() && settings.aclsEnabled().orElse(true)) {
            throw new IllegalStateException("the token may be one that does not see them");
        }
        Optional<Boolean> strict = settings.onlyPassing();
        List<CatalogInstance> answering = new ArrayList<>();
        for (ServiceEntry entry : entries) {
            if (entry.status() == Status.PASSING) {
                answering.add(instance(entry, entry.passingWeight()));
            } else if (entry.status() == Status.WARNING) {
                boolean leftOut = strict.orElseThrow(
                        () -> new IllegalStateException("only_passing is not known, and there are warnings"));
                if (!leftOut) {
                    answering.add(instance(entry, entry.warningWeight()));
                }
            }
        }
        return answering;
    }

    private static CatalogInstance instance(ServiceEntry entry, int weight) {
        return new CatalogInstance(
                entry.node(),
                entry.datacenter(),
                addresses(entry.ofNode()),
                addresses(entry.ofService()),
                entry.port(),
                weight,
                entry.tags(),
                entry.nodeMeta());
    }

    private static CatalogInstance.Addresses addresses(ServiceEntry.Addresses of) {
        return new CatalogInstance.Addresses(of.plain(), of.lanIpv4(), of.lanIpv6());
    }
}
