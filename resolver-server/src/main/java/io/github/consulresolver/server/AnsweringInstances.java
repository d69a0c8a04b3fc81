package io.github.consulresolver.server;

import io.github.consulresolver.agent.ServiceEntry;
import io.github.consulresolver.agent.ServiceEntry.Status;
import io.github.consulresolver.zone.CatalogInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Those of a service's instances that the agent's DNS answers with. Thread-safe. */
final class AnsweringInstances {
    private volatile Optional<Boolean> onlyPassing = Optional.empty();

    /** Whether the agent's DNS leaves out instances with a warning; empty while that is not known. */
    void onlyPassing(Optional<Boolean> setting) {
        onlyPassing = setting;
    }

    /** @throws IllegalStateException when it is not known whether one is among them */
    List<CatalogInstance> of(List<ServiceEntry> entries) {
        Optional<Boolean> strict = onlyPassing;
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
