package io.github.consulresolver.zone;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A number of places that clients share: nobody may hold more of them than are still free. Alone, a client gets half of them; the second of two
 * that want all finds as many as the first; and whoever comes next always finds some, until as many clients as there are places want all. No
 * client has a quota that lies idle while others wait (it is the dynamic threshold by which switches share their buffers: Choudhury and Hahne,
 * 1998).
 *
 * <p>Thread-safe. Clients that ask at the very same moment may together get one more each.
 */
public final class FairShare {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();
    private final ConcurrentMap<Object, Integer> held = new ConcurrentHashMap<>();

    /** @param most how many places there are, 1 or more */
    public FairShare(int most) {
        this.most = most;
    }

    /** Whether {@code client} would find a place now. */
    public boolean isOpenTo(Object client) {
        return held.getOrDefault(client, 0) < most - taken.get();
    }

    /**
     * Takes a place, if there is one for this client.
     *
     * @param client whatever two of the same client are equal by
     * @return whether there was; then it is to be given back by {@link #release}
     */
    public boolean take(Object client) {
        if (!isOpenTo(client)) {
            return false;
        }
        if (taken.incrementAndGet() > most) {
            taken.decrementAndGet();
            return false;
        }
        held.merge(client, 1, Integer::sum);
        return true;
    }

    /** Gives a place back. */
    public void release(Object client) {
        held.computeIfPresent(client, (same, count) -> count == 1 ? null : count - 1);
        taken.decrementAndGet();
    }

    /** How many places are taken. */
    public int taken() {
        return taken.get();
    }

    /** How many clients hold some. */
    int clients() {
        return held.size();
    }
}
