package io.github.consulresolver.zone;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.VerbatimAnswer;
import io.github.consulresolver.upstream.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A suffix, who answers for the names below it, and how those answers are kept. Immutable. */
public final class Zone {
    private final DomainName suffix;
    private final Upstream upstream;
    private final Policy policy;
    private final Predicate<Question> sortedByDistance;
    private final DomainName home;
    private final DomainName servers;
    private final StalePolicy stale;
    private final boolean watched;
    private final Duration atTtlZero;
    private final LoadPolicy load;

    private Zone(
            DomainName suffix,
            Upstream upstream,
            Policy policy,
            Predicate<Question> sortedByDistance,
            DomainName home,
            DomainName servers,
            StalePolicy stale,
            LoadPolicy load,
            boolean watched,
            Duration atTtlZero) {
        this.suffix = suffix;
        this.upstream = upstream;
        this.policy = policy;
        this.sortedByDistance = sortedByDistance;
        this.home = home;
        this.servers = servers;
        this.stale = stale;
        this.watched = watched;
        this.atTtlZero = atTtlZero;
        this.load = load;
    }

    /** The zones of names of addresses (RFC 1035 section 3.5, RFC 3596 section 2.5). */
    public static final List<DomainName> REVERSE = List.of(DomainName.of("in-addr.arpa"), DomainName.of("ip6.arpa"));

    /** A zone that Consul answers for: answers are complete sets, whose instances are shuffled for each client. */
    public static Zone consul(DomainName suffix, Upstream agent) {
        return consul(suffix, agent, ConsulSettings.none(suffix));
    }

    /** The same with settings of its own. */
    public static Zone consul(DomainName suffix, Upstream agent, ConsulSettings settings) {
        Upstream whole = new CatalogCompletion(suffix, settings, new WholeService(suffix, settings, agent));
        return new Zone(
                suffix,
                new OverridingTtls(suffix, settings.ttls(), new UnsignedZone(suffix, whole)),
                (question, message) -> instances(question, suffix, settings.home(), message),
                question -> isOrdered(ConsulName.of(question, suffix)),
                settings.home(),
                settings.home(),
                StalePolicy.CONSUL,
                LoadPolicy.DEFAULT,
                false,
                Duration.ZERO);
    }

    private static AnswerSet instances(Question question, DomainName suffix, DomainName home, byte[] message)
            throws MalformedMessageException {
        ConsulName name = ConsulName.of(question, suffix);
        Set<DomainName> suffixes = suffix.equals(home) ? Set.of(home) : Set.of(suffix, home);
        return InstanceSet.of(message, isOrdered(name), name.isOfInstances(), suffixes);
    }

    /** A prepared query may sort its instances by distance, and nothing in the answer tells whether it did: its order is kept. */
    private static boolean isOrdered(ConsulName name) {
        return name.kind() == ConsulName.Kind.QUERY;
    }

    /**
     * A zone of all other names: answers are passed on as they came.
     *
     * @param maxTtl no TTL given to clients is larger, in seconds
     */
    public static Zone recursive(DomainName suffix, Upstream recursors, int maxTtl) {
        return new Zone(
                suffix,
                recursors,
                (question, message) -> VerbatimAnswer.of(message, maxTtl),
                question -> false,
                suffix,
                DomainName.ROOT,
                StalePolicy.RECURSORS,
                LoadPolicy.DEFAULT,
                false,
                Duration.ZERO);
    }

    /** The same zone with another rule for when its upstream has no answer. */
    public Zone with(StalePolicy other) {
        return new Zone(suffix, upstream, policy, sortedByDistance, home, servers, other, load, watched, atTtlZero);
    }

    /** The same zone with another rule for how much its upstream is asked. */
    public Zone with(LoadPolicy other) {
        return new Zone(suffix, upstream, policy, sortedByDistance, home, servers, stale, other, watched, atTtlZero);
    }

    /** The same zone, of the agent that somebody watches. */
    public Zone watched() {
        return new Zone(suffix, upstream, policy, sortedByDistance, home, servers, stale, load, true, atTtlZero);
    }

    /** The same zone whose answers with TTL 0 may be given for so long all the same. */
    public Zone withTtlZeroFor(Duration longest) {
        return new Zone(suffix, upstream, policy, sortedByDistance, home, servers, stale, load, watched, longest);
    }

    public DomainName suffix() {
        return suffix;
    }

    /** Whether the same agent answers for both, so that an alias from one to the other is complete. */
    boolean isAtHomeWith(Zone other) {
        return home.equals(other.home);
    }

    /** What is done when its upstream has no answer. */
    public StalePolicy stale() {
        return stale;
    }

    /** What the question is of, if somebody watches that. */
    Optional<WatchedName> watched(Question question) {
        return watched ? WatchedName.of(question, suffix, home) : Optional.empty();
    }

    /** How long an answer may be given, in nanoseconds. */
    long lifetime(AnswerSet answers) {
        return answers.ttl() > 0 ? TimeUnit.SECONDS.toNanos(answers.ttl()) : atTtlZero.toNanos();
    }

    /** How much its upstream is asked. */
    LoadPolicy load() {
        return load;
    }

    /** The same for all zones whose names the same servers are asked for: an agent's, or the recursors'. */
    DomainName servers() {
        return servers;
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
