package io.github.consulresolver.discovery;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Says how much heap many watched names take: {@code WatchedNames DNS-PORT HTTP-PORT NAMES} watches the services {@code watched-0} and so on,
 * and prints the megabytes that are used after a collection, before the first watch and when all names are known.
 */
final class WatchedNames {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration SETTLING = Duration.ofSeconds(5);

    private WatchedNames() {}

    public static void main(String... args) throws InterruptedException {
        int names = Integer.parseInt(args[2]);
        try (ServiceResolver consul = ServiceResolver.builder()
                .agents("127.0.0.1:" + args[0])
                .http("127.0.0.1:" + args[1])
                .build()) {
            double before = usedMegabytes();
            long start = System.nanoTime();
            List<Watch> watches = IntStream.range(0, names)
                    .mapToObj(number -> consul.watch("watched-" + number, now -> {}))
                    .toList();
            while (known(watches) < names) {
                if (System.nanoTime() - start > LONGEST.toNanos()) {
                    throw new IllegalStateException(known(watches) + " of " + names + " names are known after " + LONGEST);
                }
                Thread.sleep(100);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            Thread.sleep(SETTLING.toMillis());
            System.out.printf(Locale.ROOT, "%.1f %.1f %.1f%n", before, usedMegabytes(), seconds);
        }
    }

    private static long known(List<Watch> watches) {
        return watches.stream()
                .filter(watch -> watch.latest().filter(now -> !now.isEmpty()).isPresent())
                .count();
    }

    private static double usedMegabytes() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed() / (double) (1 << 20);
    }
}
