package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reads names as Consul does: the rightmost label that is a kind tells what the others mean. */
final class NameParser {
    private NameParser() {}

    /** What {@code dnsName} asks for; nothing where {@link #parse} would refuse it. */
    static Optional<ServiceName> parseIfAny(String dnsName, String domain) {
        // Hosts of elsewhere come with each connection: they are not worth an exception.
        if (!lowerCase(dnsName).endsWith("." + lowerCase(domain))) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(dnsName, domain));
        } catch (IllegalArgumentException isNone) {
            return Optional.empty();
        }
    }

    private static String lowerCase(String name) {
        return Labels.withoutLastDot(name).toLowerCase(Locale.ROOT);
    }

    static ServiceName parse(String dnsName, String domain) {
        String whole = lowerCase(Objects.requireNonNull(dnsName, "dnsName"));
        String end = "." + lowerCase(Objects.requireNonNull(domain, "domain"));
        if (!whole.endsWith(end)) {
            throw refused(
                    dnsName,
                    "it does not end in \"" + end.substring(1)
                            + "\": ServiceName.fqdn takes names of elsewhere, ServiceName.of the mere name of a service");
        }
        Labels.several("name", whole);
        Labels.checkWhole(whole);
        List<String> labels =
                Arrays.asList(whole.substring(0, whole.length() - end.length()).split("\\.", -1));
        int at = IntStream.iterate(labels.size() - 1, i -> i >= 0, i -> i - 1)
                .filter(i -> NameKind.isReserved(labels.get(i))
                        || i > 0 && labels.get(i).startsWith("_"))
                .findFirst()
                .orElseThrow(() -> refused(
                        dnsName, "no label of it says what it is: \"service\", \"query\", \"connect\" or \"ingress\""));
        // RFC 2782: questions for SRV records may do without "service".
        boolean implied = !NameKind.isReserved(labels.get(at));
        NameKind kind = implied
                ? NameKind.SERVICE
                : NameKind.ofLabel(labels.get(at))
                        .orElseThrow(() ->
                                refused(dnsName, "\"" + labels.get(at) + "\" is the kind of names that have no ports"));
        return located(
                dnsName,
                named(dnsName, kind, labels.subList(0, implied ? at + 1 : at)),
                labels.subList(at + 1, labels.size()));
    }

    private static ServiceName named(String dnsName, NameKind kind, List<String> labels) {
        if (labels.isEmpty()) {
            throw refused(dnsName, "nothing stands before \"" + kind.label() + "\"");
        }
        String last = labels.get(labels.size() - 1);
        List<String> others = labels.subList(0, labels.size() - 1);
        if (kind == NameKind.QUERY) {
            return ServiceName.query(String.join(".", labels));
        }
        if (kind == NameKind.SERVICE && ServiceName.looksLikeRfc2782(labels)) {
            ServiceName service = ServiceName.of(labels.get(0).substring(1));
            return (last.equals("_" + ServiceName.TCP) ? service : service.tag(last.substring(1))).rfc2782();
        }
        ServiceName service = ServiceName.of(kind, Labels.one("service", last));
        return others.isEmpty() ? service : service.tag(String.join(".", others));
    }

    private static ServiceName located(String dnsName, ServiceName name, List<String> labels) {
        if (labels.isEmpty()) {
            return name;
        }
        boolean isPair = labels.size() == 2 && name.kind() != NameKind.QUERY;
        if (labels.size() == 1 || isPair && labels.get(1).equals("dc")) {
            return name.datacenter(labels.get(0));
        }
        if (isPair && labels.get(1).equals("peer")) {
            return name.peer(labels.get(0));
        }
        throw refused(dnsName, "\"" + String.join(".", labels) + "\" is no datacenter and no peer");
    }

    private static IllegalArgumentException refused(String dnsName, String why) {
        return new IllegalArgumentException("name " + Labels.quoted(dnsName) + ": " + why);
    }
}
