package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a name under a Consul zone speaks of.
 *
 * @param kind the label that says what kind of thing it is
 * @param service the service's name in lower case, for kinds that have one; else empty
 * @param before the labels before the kind, in lower case
 * @param after the labels between the kind and the zone
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static lookups</a>
 */
record ConsulName(Kind kind, Optional<String> service, List<String> before, List<String> after) {

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
                List<String> before = labels.subList(0, i);
                return new ConsulName(
                        kind,
                        hasService(kind) && i > 0 ? service(before) : Optional.empty(),
                        before,
                        labels.subList(i + 1, end));
            }
            // RFC 2782: SRV questions may do without "service".
            if (question.type() == TYPE_SRV && i > 0 && labels.get(i).startsWith("_")) {
                List<String> before = labels.subList(0, i + 1);
                return new ConsulName(Kind.SERVICE, service(before), before, labels.subList(i + 1, end));
            }
        }
        return new ConsulName(Kind.NONE, Optional.empty(), List.of(), List.of());
    }

    /** Whether the name stands for instances of a service. */
    boolean isOfInstances() {
        return hasService(kind) || kind == Kind.QUERY;
    }

    /**
     * What is looked up in the catalog for the name: {@code [tag.]service.service[.dc[.dc]]} or {@code _service._tag[.service][.dc[.dc]]}.
     * Empty for all else: {@code connect}, {@code ingress}, prepared queries, peers.
     */
    Optional<ServiceLookup> lookup() {
        return kind == Kind.SERVICE
                ? inCatalog().map(service -> new ServiceLookup(service.name(), tag(), datacenter()))
                : Optional.empty();
    }

    /**
     * What the name stands for in the catalog of its datacenter. Empty for what is not one thing there, above all prepared queries: only their
     * answer tells what they were of, and it does not say so. And for peers.
     */
    Optional<CatalogName> inCatalog() {
        boolean plain = Stream.concat(before.stream(), after.stream()).noneMatch(label -> label.contains("\\"));
        boolean inDatacenter =
                after.size() < 2 || after.size() == 2 && after.get(1).equals("dc");
        if (!plain || !inDatacenter) {
            return Optional.empty();
        }
        return switch (kind) {
            case SERVICE -> service.map(name -> new CatalogName(CatalogName.Kind.SERVICE, name));
            case CONNECT -> alone().map(name -> new CatalogName(CatalogName.Kind.CONNECT, name));
            case INGRESS -> alone().map(name -> new CatalogName(CatalogName.Kind.INGRESS, name));
            case NODE ->
                before.isEmpty()
                        ? Optional.empty()
                        // A node's name may have dots.
                        : Optional.of(new CatalogName(CatalogName.Kind.NODE, String.join(".", before)));
            default -> Optional.empty();
        };
    }

    /** The service's name where no other label is before it. What an agent makes of those is no rule to rely on. */
    private Optional<String> alone() {
        return before.size() == 1 ? service : Optional.empty();
    }

    /** The datacenter it names; empty for the agent's own. */
    Optional<String> datacenter() {
        return after.isEmpty() ? Optional.empty() : Optional.of(after.get(0));
    }

    /** The tag that instances must have; empty for all, and for what has no tags. */
    Optional<String> tag() {
        if (kind != Kind.SERVICE) {
            return Optional.empty();
        }
        int last = before.size() - 1;
        if (isRfc2782(before)) {
            return Optional.of(before.get(last).substring(1)).filter(tag -> !tag.equals("tcp"));
        }
        // A tag may have dots.
        return last == 0 ? Optional.empty() : Optional.of(String.join(".", before.subList(0, last)));
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
        return Optional.of(isRfc2782(labels) ? labels.get(0).substring(1) : last);
    }

    private static boolean isRfc2782(List<String> labels) {
        return labels.size() == 2 && labels.stream().allMatch(label -> label.startsWith("_"));
    }
}
