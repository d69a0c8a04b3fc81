package io.github.consulresolver.zone;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.Upstream;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** A suffix, who answers for the names below it, and how those answers are kept. Immutable. */
public final class Zone {
    /** What stands, in a Consul name, between the name of a thing and its place: says what kind of thing it is. */
    private static final Set<String> KINDS =
            Set.of("service", "connect", "virtual", "ingress", "node", "query", "addr");

    private static final String PREPARED_QUERY = "query";

    private final DomainName suffix;
    private final Upstream upstream;
    private final Policy policy;
    private final Predicate<Question> sortedByDistance;

    private Zone(DomainName suffix, Upstream upstream, Policy policy, Predicate<Question> sortedByDistance) {
        this.suffix = suffix;
        this.upstream = upstream;
        this.policy = policy;
        this.sortedByDistance = sortedByDistance;
    }

    /** The zones of names of addresses (RFC 1035 section 3.5, RFC 3596 section 2.5). */
    public static final List<DomainName> REVERSE = List.of(DomainName.of("in-addr.arpa"), DomainName.of("ip6.arpa"));

    /** A zone that Consul answers for: answers are complete sets, whose instances are shuffled for each client. */
    public static Zone consul(DomainName suffix, Upstream agent) {
        return new Zone(
                suffix,
                new UnsignedZone(suffix, agent),
                (question, message) -> InstanceSet.of(message, isOrdered(question, suffix), suffix),
                question -> isOrdered(question, suffix));
    }

    /**
     * A zone of all other names: answers are passed on as they came.
     *
     * @param maxTtl no TTL given to clients is larger, in seconds
     */
    public static Zone recursive(DomainName suffix, Upstream recursors, int maxTtl) {
        return new Zone(
                suffix, recursors, (question, message) -> VerbatimAnswer.of(message, maxTtl), question -> false);
    }

    /**
     * A prepared query may sort its instances by distance, and nothing in the answer tells whether it did: its order is kept. The kind
     * of a name is its rightmost label that is one (a service may be called "query", too).
     */
    private static boolean isOrdered(Question question, DomainName suffix) {
        String name = question.name();
        List<String> labels = List.of(name.split("\\."));
        int last = labels.size() - suffix.labels() - 1;
        for (int i = last; i >= 0; i--) {
            if (KINDS.contains(labels.get(i))) {
                return labels.get(i).equals(PREPARED_QUERY);
            }
        }
        return false;
    }

    public DomainName suffix() {
        return suffix;
    }

    Upstream upstream() {
        return upstream;
    }

    /**
     * The question as it is asked here: where a client is matters to prepared queries only, which may sort by the distance to it
     * ({@code Near: _ip}). Nobody else is told.
     */
    Question toAsk(Question question) {
        return question.hasSubnet() && !sortedByDistance.test(question) ? question.withoutSubnet() : question;
    }

    AnswerSet keep(Question question, byte[] message) throws MalformedMessageException {
        return policy.keep(question, message);
    }

    private interface Policy {
        AnswerSet keep(Question question, byte[] message) throws MalformedMessageException;
    }

    @Override
    public String toString() {
        return suffix.toString();
    }
}
