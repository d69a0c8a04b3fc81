package io.github.consulresolver.consul;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts queries by transport, and lets a test wait for a number of them. */
final class Tally {

    private final Map<Protocol, Integer> counts = new EnumMap<>(Protocol.class);

    synchronized void add(Protocol protocol) {
        counts.merge(protocol, 1, Integer::sum);
        notifyAll();
    }

    synchronized int of(Protocol protocol) {
        return counts.getOrDefault(protocol, 0);
    }

    synchronized int total() {
        return of(Protocol.UDP) + of(Protocol.TCP);
    }

    synchronized void await(int count, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (total() < count) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("expected " + count + " queries, but " + total() + " came");
            }
            wait(left);
        }
    }
}
