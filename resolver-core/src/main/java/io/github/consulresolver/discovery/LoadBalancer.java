package io.github.consulresolver.discovery;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses an instance for each request by a {@link BalancingPolicy}, and learns from how the requests come out. Where RFC 2782's random choice
 * is enough, {@link Endpoints#pick} does it without.
 *
 * <pre>{@code
 * LoadBalancer balancer = new LoadBalancer(BalancingPolicy.leastRequests().ejecting());
 *
 * try (Lease lease = balancer.acquire(consul.resolve("orders"))) {
 *     try {
 *         send(lease.instance());
 *         lease.succeeded();
 *     } catch (IOException e) {
 *         lease.failed();
 *         throw e;
 *     }
 * }
 * }</pre>
 *
 * <p>For another try, {@link Endpoints#excluding} leaves out what has failed: {@code balancer.acquire(endpoints.excluding(lease.instance()))}.
 *
 * <p>Make one for each name: what it knows of an instance it forgets when that is not among the endpoints any more. It holds neither thread nor
 * socket, and needs no closing. Thread-safe; choosing takes no lock and allocates nothing while the endpoints are the same.
 */
public final class LoadBalancer {
    /** An order that stays, whatever the agent's: the same turns and ties on every machine. */
    private static final Comparator<ServiceInstance> ORDER = Comparator.<ServiceInstance, byte[]>comparing(
                    instance -> instance.address().getAddress(), Arrays::compare)
            .thenComparingInt(ServiceInstance::port)
            .thenComparing(ServiceInstance::host)
            .thenComparingInt(ServiceInstance::priority)
            .thenComparingInt(ServiceInstance::weight);

    private final BalancingPolicy policy;
    private final Strategy strategy;
    private final LongSupplier clock;
    private final Supplier<? extends RandomGenerator> random;
    private final Consumer<? super ServiceInstance> ejections;
    private volatile @Nullable Roster roster;

    /**
     * Makes a balancer that knows of no instance yet.
     *
     * @param policy how it chooses
     */
    public LoadBalancer(BalancingPolicy policy) {
        this(policy, instance -> {});
    }

    /**
     * Makes a balancer that knows of no instance yet, and says when it leaves one out.
     *
     * @param policy how it chooses
     * @param ejections hears of each instance that is ejected, on the thread that said that it had failed; must be quick and must not throw
     */
    public LoadBalancer(BalancingPolicy policy, Consumer<? super ServiceInstance> ejections) {
        this(policy, ejections, System::nanoTime, ThreadLocalRandom::current);
    }

    LoadBalancer(BalancingPolicy policy, LongSupplier clock, Supplier<? extends RandomGenerator> random) {
        this(policy, instance -> {}, clock, random);
    }

    LoadBalancer(
            BalancingPolicy policy,
            Consumer<? super ServiceInstance> ejections,
            LongSupplier clock,
            Supplier<? extends RandomGenerator> random) {
        this.policy = Objects.requireNonNull(policy, "policy");
        this.ejections = Objects.requireNonNull(ejections, "ejections");
        this.clock = clock;
        this.random = random;
        strategy = policy.strategy(random.get());
    }

    /**
     * Chooses an instance, of whose use nothing is learned.
     *
     * @param endpoints among which to choose
     * @return one of them
     * @throws NoSuchElementException when there is none: ask {@link Endpoints#isEmpty} first where that is no error
     */
    public ServiceInstance pick(Endpoints endpoints) {
        return choose(endpoints, null).instance();
    }

    /**
     * Chooses an instance for a key, of whose use nothing is learned.
     *
     * @param endpoints among which to choose
     * @param key what {@linkplain BalancingPolicy#consistentHashing consistent hashing} goes by; other policies do not look at it
     * @return one of them
     * @throws NoSuchElementException when there is none
     */
    public ServiceInstance pick(Endpoints endpoints, String key) {
        return choose(endpoints, Objects.requireNonNull(key, "key")).instance();
    }

    /**
     * Chooses an instance for a request, which counts as in flight until the lease is closed.
     *
     * @param endpoints among which to choose
     * @return a lease of one of them, the caller's to close
     * @throws NoSuchElementException when there is none: ask {@link Endpoints#isEmpty} first where that is no error
     */
    public Lease acquire(Endpoints endpoints) {
        return new Lease(this, choose(endpoints, null));
    }

    /**
     * Chooses an instance for a request with a key, which counts as in flight until the lease is closed.
     *
     * @param endpoints among which to choose
     * @param key what {@linkplain BalancingPolicy#consistentHashing consistent hashing} goes by; other policies do not look at it
     * @return a lease of one of them, the caller's to close
     * @throws NoSuchElementException when there is none
     */
    public Lease acquire(Endpoints endpoints, String key) {
        return new Lease(this, choose(endpoints, Objects.requireNonNull(key, "key")));
    }

    /**
     * The instances that are left out at the moment because they failed.
     *
     * @return them, of those that were chosen from last; empty when none is, or so many that all are used
     */
    public List<ServiceInstance> ejected() {
        Roster current = roster;
        if (current == null) {
            return List.of();
        }
        synchronized (this) {
            long now = clock.getAsLong();
            return current.members().stream()
                    .filter(member -> !current.panics() && member.outcomes().isEjected(now))
                    .map(Member::instance)
                    .toList();
        }
    }

    private Member choose(Endpoints endpoints, @Nullable String key) {
        if (endpoints.isEmpty()) {
            throw endpoints.nothingToPick();
        }
        Roster current = renewed(endpoints.whole());
        Strategy.Chooser chooser = endpoints.isWhole() ? current.chooser() : chooser(current, endpoints);
        return key == null ? chooser.choose(random.get()) : chooser.choose(Hash.of(key), random.get());
    }

    private Strategy.Chooser chooser(Roster current, Endpoints wanted) {
        List<Member> candidates;
        synchronized (this) {
            candidates = current.candidates(wanted, clock.getAsLong());
        }
        return strategy.among(candidates);
    }

    private Roster renewed(Endpoints endpoints) {
        Roster current = roster;
        return current != null && isCurrent(current, endpoints) ? current : renew(endpoints);
    }

    /** Does not read the clock, which takes as long as choosing, while nothing can be over. */
    @SuppressWarnings("ReferenceEquality") // to compare all instances would take longer than to choose
    private boolean isCurrent(Roster current, Endpoints endpoints) {
        return current.endpoints() == endpoints && !(current.hasEjected() && current.isOver(clock.getAsLong()));
    }

    private synchronized Roster renew(Endpoints endpoints) {
        Roster current = roster;
        if (current != null && isCurrent(current, endpoints)) {
            return current;
        }
        Roster renewed = roster(endpoints, members(endpoints, current));
        roster = renewed;
        return renewed;
    }

    private Roster roster(Endpoints endpoints, List<Member> members) {
        return Roster.of(endpoints, members, strategy, policy.mostEjected(), clock.getAsLong());
    }

    private List<Member> members(Endpoints endpoints, @Nullable Roster before) {
        if (before != null && before.endpoints().instances().equals(endpoints.instances())) {
            return before.members();
        }
        Map<InetSocketAddress, Member> known = new HashMap<>();
        if (before != null) {
            before.members().forEach(member -> known.put(member.instance().socketAddress(), member));
        }
        return endpoints.instances().stream()
                .sorted(ORDER)
                .map(instance ->
                        known.compute(instance.socketAddress(), (place, member) -> described(instance, member)))
                .toList();
    }

    private Member described(ServiceInstance instance, @Nullable Member before) {
        if (before != null && before.instance().equals(instance)) {
            return before;
        }
        boolean isNear = policy.isNear(instance);
        return before == null ? new Member(instance, isNear) : before.described(instance, isNear);
    }

    void failed(Member member) {
        if (member.outcomes().failed() >= policy.failures() && eject(member.outcomes())) {
            ejections.accept(member.instance());
        }
    }

    private synchronized boolean eject(Outcomes outcomes) {
        Roster current = roster;
        long now = clock.getAsLong();
        if (current == null) {
            return false;
        }
        if (outcomes.isEjected(now)) {
            outcomes.forgetFailures();
            return false;
        }
        long out = current.members().stream()
                .filter(member -> member.outcomes().isEjected(now))
                .count();
        boolean isThere = current.members().stream().anyMatch(member -> member.outcomes() == outcomes);
        boolean ejects =
                isThere && out + 1 <= policy.mostEjected() * current.members().size();
        if (ejects) {
            outcomes.eject(now, policy.ejection().toNanos());
            roster = roster(current.endpoints(), current.members());
        }
        return ejects;
    }
}
