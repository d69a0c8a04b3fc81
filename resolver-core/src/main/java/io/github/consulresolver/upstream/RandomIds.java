package io.github.consulresolver.upstream;

import java.security.SecureRandom;

/** Ids that nobody can guess (RFC 5452 section 4.3). The secure generator is asked for many at a time. Not thread-safe. */
final class RandomIds {
    private static final int STOCK = 512;

    private final SecureRandom random = new SecureRandom();
    private final byte[] stock = new byte[STOCK];
    private int used = STOCK;

    /** The next one, 0 to 65,535. */
    int next() {
        if (used == STOCK) {
            random.nextBytes(stock);
            used = 0;
        }
        return (stock[used++] & 0xff) << Byte.SIZE | stock[used++] & 0xff;
    }

    /** 64 bits by chance. */
    long bits() {
        return (long) next() << 48 | (long) next() << 32 | (long) next() << 16 | next();
    }
}
