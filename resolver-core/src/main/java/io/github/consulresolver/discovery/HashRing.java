package io.github.consulresolver.discovery;

import io.github.consulresolver.discovery.Strategy.Chooser;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Consistent hashing: a key leads to the next point on a ring, where each member has points in proportion to its share. When a member comes or
 * goes, only the keys that it gets or had change. A member that has more than its bound of the requests in flight is passed over.
 *
 * <p>The points depend on address, port and shares only: every process has the same ring.
 *
 * @see <a href="https://arxiv.org/abs/1608.01350">Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads</a>
 */
final class HashRing implements Chooser {
    /** How much more than its share of the requests in flight a member may have. */
    private static final double BOUND = 1.25;

    /** Points of a member with the average share: with these, members of equal shares get keys within about a tenth of each other. */
    private static final int POINTS = 128;

    private static final int MOST_POINTS = 1 << 16;

    private final List<Member> members;
    private final double[] shares;
    private final long[] points;
    private final int owner;

    HashRing(List<Member> members) {
        this.members = members;
        long[] all = Strategy.shares(members);
        double sum = Arrays.stream(all).sum();
        shares = Arrays.stream(all).mapToDouble(share -> share / sum).toArray();
        // The lowest bits of a point are the member's index: sorting needs no second array.
        owner = (Integer.highestOneBit(members.size()) << 1) - 1;
        int budget = Math.min(MOST_POINTS, POINTS * members.size());
        points = IntStream.range(0, shares.length)
                .mapToObj(i -> points(i, Math.max(1, Math.round(budget * shares[i]))))
                .flatMapToLong(each -> each)
                .sorted()
                .toArray();
    }

    private LongStream points(int member, long count) {
        ServiceInstance instance = members.get(member).instance();
        long seed = Hash.of(instance.address().getAddress(), instance.port());
        return LongStream.range(0, count).map(i -> Hash.mixed(seed + i * Hash.STEP) & ~owner | member);
    }

    @Override
    public Member choose(RandomGenerator random) {
        return choose(random.nextLong(), random);
    }

    @Override
    public Member choose(long key, RandomGenerator random) {
        int found = Arrays.binarySearch(points, key);
        int first = found < 0 ? -found - 1 : found;
        Member own = members.get(ownerOf(first));
        if (own.inFlight() == 0) {
            return own;
        }
        int size = members.size();
        long inFlight = 1;
        for (int i = 0; i < size; i++) {
            inFlight += members.get(i).inFlight();
        }
        for (int step = 0; step < points.length; step++) {
            int at = ownerOf(first + step);
            if (members.get(at).inFlight() < Math.ceil(BOUND * inFlight * shares[at])) {
                return members.get(at);
            }
        }
        // Requests began while this looked.
        return own;
    }

    private int ownerOf(int point) {
        return (int) (points[point % points.length] & owner);
    }
}
