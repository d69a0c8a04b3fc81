package io.github.consulresolver.watch;

import java.util.List;

/**
 * All that can change for a thing, and how it is heard of: by {@link Signals} of the whole datacenter, and for some things by a watch of their
 * own. Which of them return on which change was measured, see {@code docs/coherence.md}.
 */
public enum Scope {
    /** Instances of a service: registrations, checks and nodes. */
    SERVICES,
    /**
     * What leads to a service in the mesh, gateways among it: registrations, checks, nodes, and the configuration of gateways and services. Watches
     * of their own miss some of it, on every version.
     */
    MESH,
    /** One node: nodes. A watch of its own would not hear on Consul 1.8 that it has gone; and nodes change seldom. */
    NODES;

    /** Whether a watch of its own hears of all that can change for a thing. */
    boolean isWatchable() {
        return this == SERVICES;
    }

    /** Those that hear, together, of all that can change for all things. */
    List<WatchQuery<Boolean>> signals() {
        return switch (this) {
            case SERVICES -> List.of(WatchQuery.services(), WatchQuery.checks(), WatchQuery.nodes());
            case MESH ->
                List.of(
                        WatchQuery.services(),
                        WatchQuery.checks(),
                        WatchQuery.nodes(),
                        WatchQuery.configuration("terminating-gateway"),
                        WatchQuery.configuration("ingress-gateway"),
                        // A terminating gateway that leads to all leads to a destination outside, too, which is not in
                        // the catalog.
                        WatchQuery.configuration("service-defaults"));
            case NODES -> List.of(WatchQuery.nodes());
        };
    }
}
