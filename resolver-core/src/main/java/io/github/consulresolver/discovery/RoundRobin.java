package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Taking turns, without a lock. Each round asks all members in order; the one with the largest share takes every turn, the others as many in
 * proportion: in as many rounds as that share is large, each has taken exactly its own. They do so in different rounds, so that light ones
 * do not come all at once.
 *
 * <p>Where it begins is random: many clients that start together must not all begin with the same instance.
 */
final class RoundRobin implements Strategy {
    private final AtomicLong turns;

    RoundRobin(int first) {
        turns = new AtomicLong(first & Integer.MAX_VALUE);
    }

    @Override
    public Chooser among(List<Member> members) {
        long[] shares = Strategy.shares(members);
        long largest = Arrays.stream(shares).max().orElseThrow();
        int size = shares.length;
        return random -> {
            while (true) {
                long turn = turns.getAndIncrement();
                int at = (int) (turn % size);
                if (shares[at] == largest || takes(shares[at], largest, turn / size + at * largest / size)) {
                    return members.get(at);
                }
            }
        };
    }

    private static boolean takes(long share, long largest, long round) {
        long inCycle = round % largest;
        return (inCycle + 1) * share / largest > inCycle * share / largest;
    }
}
