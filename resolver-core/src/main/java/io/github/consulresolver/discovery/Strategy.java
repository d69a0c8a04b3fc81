package io.github.consulresolver.discovery;

import java.util.List;
import java.util.random.RandomGenerator;

/** A way to choose. It lives as long as its {@link LoadBalancer}, while the instances come and go. Thread-safe. */
interface Strategy {
    /** Prepares to choose among instances of one priority, of which there is at least one, in an order that stays. */
    Chooser among(List<Member> members);

    /** Chooses, as often as wanted, without allocating. Thread-safe. */
    interface Chooser {
        Member choose(RandomGenerator random);

        /** Chooses for a key, where the strategy goes by keys. */
        default Member choose(long key, RandomGenerator random) {
            return choose(random);
        }
    }

    /** The weights of the members, as shares. */
    static long[] shares(List<Member> members) {
        return WeightedChoice.shares(
                members.stream().mapToInt(member -> member.instance().weight()).toArray());
    }

    /** By RFC 2782. */
    static Chooser weighted(List<Member> members) {
        WeightedChoice choice = WeightedChoice.of(instances(members));
        return random -> members.get(choice.pick(random));
    }

    /** All alike. */
    static Chooser random(List<Member> members) {
        return random -> members.get(random.nextInt(members.size()));
    }

    /**
     * Of two that are drawn by weight, the one with fewer requests in flight for its weight; the first when they are equal, so that without
     * load the weights alone decide.
     */
    static Chooser leastRequests(List<Member> members) {
        WeightedChoice choice = WeightedChoice.of(instances(members));
        long[] shares = shares(members);
        return random -> {
            int one = choice.pick(random);
            int other = choice.pickAnother(one, random);
            long load = members.get(one).inFlight() * shares[other];
            return members.get(members.get(other).inFlight() * shares[one] < load ? other : one);
        };
    }

    private static List<ServiceInstance> instances(List<Member> members) {
        return members.stream().map(Member::instance).toList();
    }
}
