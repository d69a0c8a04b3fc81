package io.github.consulresolver.discovery;

/** Hashes that are the same in every process and version: FNV-1a, mixed so that each bit of the input reaches each of the result. */
final class Hash {
    /** 2^64 by the golden ratio: its multiples are spread evenly. */
    static final long STEP = 0x9e3779b97f4a7c15L;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Hash() {}

    static long of(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return mixed(hash);
    }

    static long of(byte[] address, int port) {
        long hash = FNV_OFFSET;
        for (byte each : address) {
            hash = (hash ^ (each & 0xff)) * FNV_PRIME;
        }
        return mixed((hash ^ port) * FNV_PRIME);
    }

    /** The finishing steps of SplitMix64. */
    static long mixed(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }
}
