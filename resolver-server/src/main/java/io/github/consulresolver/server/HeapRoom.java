package io.github.consulresolver.server;

import io.github.consulresolver.server.config.ServerConfig;

/** Whether the Java heap has room for what the cache may come to hold: told at the start, and not by a server that ends days later. */
final class HeapRoom {
    /** What everything else on the heap takes at its most: queries under way, connections, metrics, and garbage. */
    private static final long FOR_ALL_ELSE = 16L << 20;

    private HeapRoom() {}

    /**
     * Passes where there is room.
     *
     * @param heap the most that the heap may take, in bytes
     * @throws StartException where the cache alone could fill it
     */
    static void check(ServerConfig config, long heap) throws StartException {
        long needed = config.cacheSize() + config.negativeCacheSize() + FOR_ALL_ELSE;
        if (heap < needed) {
            throw new StartException(
                    "The Java heap of " + megabytes(heap) + " MB has no room for the cache: --cache-size "
                            + megabytes(config.cacheSize()) + "m and --negative-cache-size "
                            + megabytes(config.negativeCacheSize()) + "m need " + megabytes(needed)
                            + " MB of it. Start Java with -Xmx" + (megabytes(needed) + 1)
                            + "m, or choose a smaller --cache-size");
        }
    }

    /** Rounded up. */
    private static long megabytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
