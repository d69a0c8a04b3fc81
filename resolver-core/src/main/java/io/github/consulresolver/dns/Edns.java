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

    /** Option: the network the client is in (RFC 7871). */
    public static final int CLIENT_SUBNET = 8;

    /** Option: how long a TCP connection may be idle (RFC 7828). */
    public static final int TCP_KEEPALIVE = 11;

    /** Option: more about an error than its code (RFC 8914). */
    public static final int EXTENDED_ERROR = 15;

    /** Option: whose query this is, a number of {@link #LOOP_MARK_LENGTH} bytes. Ours alone, from the range for local use (RFC 6891 section 9). */
    public static final int LOOP_MARK = 65_313;

    public static final int LOOP_MARK_LENGTH = 8;

    /** Bytes of an option before its data: code and length. */
    public static final int OPTION_HEADER = 4;

    /** In the data of {@link #CLIENT_SUBNET}: family (2), source prefix (1), scope prefix (1), then the address. */
    public static final int SUBNET_SOURCE = 2;

    public static final int SUBNET_SCOPE = 3;
    public static final int SUBNET_ADDRESS = 4;

    private Edns() {}
}
