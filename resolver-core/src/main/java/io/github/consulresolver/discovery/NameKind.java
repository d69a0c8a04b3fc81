package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a {@link ServiceName} is a name of. */
enum NameKind {
    SERVICE,
    CONNECT,
    INGRESS,
    QUERY,
    /** Of whatever has SRV records. */
    FQDN;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The rightmost of these in a DNS name of Consul's tells what is asked for. */
    private static final Set<String> RESERVED =
            Set.of("service", "connect", "virtual", "ingress", "node", "query", "addr");

    /** Whether Consul takes a label, in lower case, for the kind of the name. */
    static boolean isReserved(String label) {
        return RESERVED.contains(label);
    }

    /** The kind of a label in lower case; none for those that have no instances. */
    static Optional<NameKind> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind != FQDN && kind.label().equals(label))
                .findFirst();
    }

    /** The label that stands for it; meaningless for {@link #FQDN}. */
    String label() {
        return label;
    }

    boolean hasTags() {
        return this == SERVICE;
    }

    boolean hasPeers() {
        return this == SERVICE;
    }
}
