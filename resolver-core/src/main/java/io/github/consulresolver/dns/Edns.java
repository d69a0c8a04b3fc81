package io.github.consulresolver.dns;

/** EDNS(0), the OPT pseudo-record (RFC 6891). */
public final class Edns {
    /** The largest UDP reply to a client that says nothing about its size (RFC 1035 section 4.2.1). */
    public static final int CLASSIC_UDP_SIZE = 512;

    /** The size that passes every link unfragmented (DNS flag day 2020). */
    public static final int SAFE_UDP_SIZE = 1232;

    /** Length of an OPT record without options. */
    public static final int OPT_LENGTH = 11;

    /** The DNSSEC OK bit in the OPT record's TTL field (RFC 3225). */
    public static final int DO = 0x8000;

    private Edns() {}
}
