package io.github.consulresolver.zone;

import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.zone.CatalogName.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.Type;

/**
 * A question whose answer follows from what the catalog knows under one name, and how: whoever knows those knows what the answer has to be. Immutable.
 *
 * @param what whose instances; a node is the only one of its own
 * @param tag only instances with this tag; empty for all
 * @param datacenter empty for the agent's own
 * @param domains where the agent may name nodes and addresses: in the zone's domain; older agents in their own
 */
record WatchedName(
        Question question,
        CatalogName what,
        Optional<String> tag,
        Optional<String> datacenter,
        List<DomainName> domains) {

    /** What comes of comparing. */
    enum Agreement {
        AGREES,
        DISAGREES,
        NOT_COMPARABLE
    }

    /** Empty for names that do not stand for instances, and for types without instances. */
    static Optional<WatchedName> of(Question question, DomainName suffix, DomainName home) {
        ConsulName name = ConsulName.of(question, suffix);
        return name.inCatalog()
                .filter(what -> isComparable(what, question.type()))
                .map(what -> new WatchedName(
                        question,
                        what,
                        name.tag(),
                        name.datacenter(),
                        Stream.of(suffix, home).distinct().toList()));
    }

    private static boolean isComparable(CatalogName what, int type) {
        return switch (type) {
            case Type.A, Type.AAAA, Type.ANY -> true;
            case Type.SRV -> what.kind() != Kind.NODE;
            case Type.TXT -> what.kind() == Kind.NODE;
            default -> false;
        };
    }

    /** Whether that is meant which an agent of this datacenter knows by itself. */
    boolean isIn(Optional<String> own) {
        return datacenter.isEmpty() || datacenter.equals(own);
    }

    /** What is not in an answer's records, but in those beside them: whoever has another one needs another answer. */
    private record Known(Optional<Content> content, Set<List<String>> nodes) {}

    private List<CatalogInstance> mine(List<CatalogInstance> all) {
        return all.stream()
                .filter(instance -> tag.map(instance::hasTag).orElse(true))
                .toList();
    }

    private Optional<Content> content(List<CatalogInstance> mine, DomainName domain) {
        CatalogRecords records = new CatalogRecords(question.type(), mine);
        return (what.kind() == Kind.NODE ? records.ofNode(question) : records.message(question, domain))
                .flatMap(WatchedName::content);
    }

    private static Optional<Content> content(byte[] message) {
        try {
            return Optional.of(Content.of(InstanceSet.of(message, false)));
        } catch (MalformedMessageException unlikely) {
            return Optional.empty();
        }
    }

    private Known known(List<CatalogInstance> all) {
        List<CatalogInstance> mine = mine(all);
        return new Known(
                content(mine, domains.get(0)),
                mine.stream().map(CatalogInstance::nodeMeta).collect(Collectors.toUnmodifiableSet()));
    }

    /** Whether an answer that agreed with {@code before} agrees with {@code after}, too, whatever it was. */
    boolean isTheSame(List<CatalogInstance> before, List<CatalogInstance> after) {
        return known(before).equals(known(after));
    }

    /** Whether {@code answer} is what these instances make it. */
    Agreement compare(CachedAnswer answer, List<CatalogInstance> all) {
        if (!(answer.answers() instanceof InstanceSet set) || set.isPartial() || set.chain() > 0) {
            return Agreement.NOT_COMPARABLE;
        }
        List<CatalogInstance> mine = mine(all);
        Content said = Content.of(set);
        Agreement best = Agreement.NOT_COMPARABLE;
        for (DomainName domain : domains) {
            Optional<Content> expected = content(mine, domain);
            if (expected.isPresent() && expected.get().equals(said)) {
                return Agreement.AGREES;
            }
            best = expected.isPresent() ? Agreement.DISAGREES : best;
        }
        return best;
    }
}
