package io.github.consulresolver.consul;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts queries by transport, and lets a test wait for a number of them. */
final class Tally {

    private final Map<Transport, Integer> counts = new EnumMap<>(Transport.class);

    synchronized void add(Transport transport) {
        counts.merge(transport, 1, Integer::sum);
        notifyAll();
    }

    synchronized int of(Transport transport) {
        return counts.getOrDefault(transport, 0);
    }

    synchronized int total() {
        return of(Transport.UDP) + of(Transport.TCP);
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
