package io.github.consulresolver.discovery;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * How a {@link LoadBalancer} chooses among instances: in which way, which ones first, and which not.
 *
 * <pre>{@code
 * BalancingPolicy policy = BalancingPolicy.leastRequests().preferringThisHost().ejecting();
 * }</pre>
 *
 * <p>Whatever the way, the instances of the lowest priority come first (RFC 2782): others are used only while all of those are ejected or
 * excluded.
 *
 * <p>Immutable and thread-safe: one may serve many balancers.
 */
public final class BalancingPolicy {
    private static final int FAILURES = 5;
    private static final Duration EJECTION = Duration.ofSeconds(30);
    private static final double MOST_EJECTED = 0.5;

    private static final Duration LONGEST_EJECTION = Duration.ofDays(1);

    private final Function<RandomGenerator, Strategy> strategy;
    private final Predicate<? super ServiceInstance> near;
    private final int failures;
    private final Duration ejection;
    private final double mostEjected;

    private BalancingPolicy(
            Function<RandomGenerator, Strategy> strategy,
            Predicate<? super ServiceInstance> near,
            int failures,
            Duration ejection,
            double mostEjected) {
        this.strategy = strategy;
        this.near = near;
        this.failures = failures;
        this.ejection = ejection;
        this.mostEjected = mostEjected;
    }

    private static BalancingPolicy of(Function<RandomGenerator, Strategy> strategy) {
        return new BalancingPolicy(strategy, instance -> true, Integer.MAX_VALUE, EJECTION, MOST_EJECTED);
    }

    /**
     * A random instance, each with a probability in proportion to its weight, as RFC 2782 has it and {@link Endpoints#pick} does. Those with
     * weight 0 count together as one of weight 1.
     *
     * @return the policy
     */
    public static BalancingPolicy weighted() {
        return of(random -> Strategy::weighted);
    }

    /**
     * A random instance, each as likely as any other, whatever its weight.
     *
     * @return the policy
     */
    public static BalancingPolicy random() {
        return of(random -> Strategy::random);
    }

    /**
     * One after the other, the heavier ones more often: each exactly as often as its weight says. Those with weight 0 count together as one of
     * weight 1.
     *
     * @return the policy
     */
    public static BalancingPolicy roundRobin() {
        return of(random -> new RoundRobin(random.nextInt()));
    }

    /**
     * The power of two choices: of two random instances, drawn by weight, the one that has fewer requests in flight for its weight. In flight is
     * what {@link LoadBalancer#acquire} gave and was not closed; {@link LoadBalancer#pick} does not count.
     *
     * @return the policy
     */
    public static BalancingPolicy leastRequests() {
        return of(random -> Strategy::leastRequests);
    }

    /**
     * Consistent hashing with bounded loads: a key leads to the same instance each time and from every process, as long as that is there and has no
     * more than 1.25 times its share, by weight, of the requests in flight; else to the next one. When an instance comes or goes, only its own
     * keys move. Without a key a random one is taken.
     *
     * @return the policy
     */
    public static BalancingPolicy consistentHashing() {
        return of(random -> HashRing::new);
    }

    /**
     * Uses near instances only, as long as one is there that is not ejected or excluded.
     *
     * @param near says which instances of a priority come first. It is asked when an instance comes or is
     *     described anew, by whichever thread chooses then, and must not wait
     * @return a policy with this preference instead of another
     */
    public BalancingPolicy preferring(Predicate<? super ServiceInstance> near) {
        return new BalancingPolicy(strategy, Objects.requireNonNull(near, "near"), failures, ejection, mostEjected);
    }

    /**
     * Uses the instances on this machine only, as long as one is there that is not ejected or excluded: those at a loopback address or one of
     * this machine's own.
     *
     * @return a policy with this preference instead of another
     */
    public BalancingPolicy preferringThisHost() {
        return preferring(instance -> isOfThisHost(instance.address()));
    }

    private static boolean isOfThisHost(InetAddress address) {
        try {
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException unknown) {
            return false;
        }
    }

    /**
     * Ejects instances that fail 5 times in a row, for 30 seconds, and half of them at most: {@code ejecting(5, Duration.ofSeconds(30), 0.5)}.
     *
     * @return a policy that ejects
     */
    public BalancingPolicy ejecting() {
        return ejecting(FAILURES, EJECTION, MOST_EJECTED);
    }

    /**
     * Leaves instances out for a while that fail again and again (outlier ejection). Failing is what {@link Lease#failed} says. One that fails
     * again after its return is left out for twice, three times ... ten times as long; one that did well for as long as it was out begins anew.
     *
     * <p>When many fail, the fault may be elsewhere: so no more than a share of the instances is left out at a time, and as soon as those left
     * out are more of what is there (because others are gone), none is (the panic threshold).
     *
     * @param failures in a row, 1 or more, after which an instance is ejected; a success in between begins anew
     * @param time for which it is ejected the first time: more than 0, a day at most
     * @param mostEjected the largest share of the instances that are ejected at a time, 0 to 1; rounded down, so that a single instance is ejected
     *     with 1 only
     * @return a policy that ejects by these numbers
     * @throws IllegalArgumentException when one is out of its range; the message has its value
     */
    public BalancingPolicy ejecting(int failures, Duration time, double mostEjected) {
        if (failures < 1) {
            throw new IllegalArgumentException("failures " + failures + ": expected 1 or more");
        }
        if (time.isNegative() || time.isZero() || time.compareTo(LONGEST_EJECTION) > 0) {
            throw new IllegalArgumentException("time " + time + ": expected more than 0, and a day at most");
        }
        if (!(mostEjected >= 0 && mostEjected <= 1)) {
            throw new IllegalArgumentException("mostEjected " + mostEjected + ": expected a share from 0 to 1");
        }
        return new BalancingPolicy(strategy, near, failures, time, mostEjected);
    }

    Strategy strategy(RandomGenerator random) {
        return strategy.apply(random);
    }

    boolean isNear(ServiceInstance instance) {
        return near.test(instance);
    }

    int failures() {
        return failures;
    }

    Duration ejection() {
        return ejection;
    }

    double mostEjected() {
        return mostEjected;
    }
}
