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
        /** A node. */
        NODE
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " " + name;
    }
}
