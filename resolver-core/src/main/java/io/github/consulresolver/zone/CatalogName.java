package io.github.consulresolver.zone;

import java.util.Locale;

/**
 * What the catalog knows under one name, and names in DNS stand for: which instances a service has, or which node there is.
 *
 * @param kind what kind of thing it is
 * @param name in lower case
 */
public record CatalogName(Kind kind, String name) {
    /** Kinds of things. */
    public enum Kind {
        /** The instances of a service. */
        SERVICE,
        /** What leads to a service in Consul's service mesh: proxies, terminating gateways, and instances that need none. */
        CONNECT,
        /** The ingress gateways that lead to a service. */
        INGRESS,
        /** A node. */
        NODE
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " " + name;
    }
}
