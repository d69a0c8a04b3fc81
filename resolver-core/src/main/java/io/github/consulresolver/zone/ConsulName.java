package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.util.List;
import java.util.Optional;

/**
 * What a name under a Consul zone speaks of.
 *
 * @param kind the label that says what kind of thing it is
 * @param service the service's name in lower case, for kinds that have one; else empty
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static lookups</a>
 */
record ConsulName(Kind kind, Optional<String> service) {

    /** Kinds of things, by their labels. */
    enum Kind {
        SERVICE,
        CONNECT,
        INGRESS,
        QUERY,
        NODE,
        ADDR,
        VIRTUAL,
        /** The zone's own name, and names without any of these labels. */
        NONE
    }

    private static final int TYPE_SRV = 33;

    /** Reads the name of a question that lies in the zone {@code suffix}. */
    static ConsulName of(Question question, DomainName suffix) {
        List<String> labels = List.of(question.name().split("\\."));
        int end = labels.size() - suffix.labels();
        // The rightmost label that is a kind is one: a service may be called "query", too.
        for (int i = end - 1; i >= 0; i--) {
            Kind kind = kind(labels.get(i));
            if (kind != Kind.NONE) {
                return new ConsulName(
                        kind, hasService(kind) && i > 0 ? service(labels.subList(0, i)) : Optional.empty());
            }
            // RFC 2782: SRV questions may do without "service".
            if (question.type() == TYPE_SRV && i > 0 && labels.get(i).startsWith("_")) {
                return new ConsulName(Kind.SERVICE, service(labels.subList(0, i + 1)));
            }
        }
        return new ConsulName(Kind.NONE, Optional.empty());
    }

    /** Whether the name stands for instances of a service. */
    boolean isOfInstances() {
        return hasService(kind) || kind == Kind.QUERY;
    }

    private static Kind kind(String label) {
        return switch (label) {
            case "service" -> Kind.SERVICE;
            case "connect" -> Kind.CONNECT;
            case "ingress" -> Kind.INGRESS;
            case "query" -> Kind.QUERY;
            case "node" -> Kind.NODE;
            case "addr" -> Kind.ADDR;
            case "virtual" -> Kind.VIRTUAL;
            default -> Kind.NONE;
        };
    }

    private static boolean hasService(Kind kind) {
        return kind == Kind.SERVICE || kind == Kind.CONNECT || kind == Kind.INGRESS;
    }

    /** The last label; in the form of RFC 2782 ({@code _web._tcp}) the one before, without its underscore. */
    private static Optional<String> service(List<String> labels) {
        String last = labels.get(labels.size() - 1);
        boolean rfc2782 =
                labels.size() == 2 && last.startsWith("_") && labels.get(0).startsWith("_");
        return Optional.of(rfc2782 ? labels.get(0).substring(1) : last);
    }
}
