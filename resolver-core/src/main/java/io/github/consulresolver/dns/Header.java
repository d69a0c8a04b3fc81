package io.github.consulresolver.dns;

/**
 * Where things are in the twelve bytes every DNS message starts with, and what its flag bits mean (RFC 1035 section 4.1.1, RFC
 * 4035 section 3 for AD and CD).
 */
public final class Header {
    /** Length of the header in bytes; the question begins here. */
    public static final int LENGTH = 12;

    public static final int ID = 0;
    public static final int FLAGS = 2;
    public static final int QUESTIONS = 4;
    public static final int ANSWERS = 6;
    public static final int AUTHORITIES = 8;
    public static final int ADDITIONALS = 10;

    /** Response. */
    public static final int QR = 0x8000;
    /** Four bits; 0 is QUERY. */
    public static final int OPCODE_MASK = 0x7800;
    /** Authoritative answer. */
    public static final int AA = 0x0400;
    /** Truncated. */
    public static final int TC = 0x0200;
    /** Recursion desired. */
    public static final int RD = 0x0100;
    /** Recursion available. */
    public static final int RA = 0x0080;
    /** Authentic data. */
    public static final int AD = 0x0020;
    /** Checking disabled. */
    public static final int CD = 0x0010;

    public static final int RCODE_MASK = 0x000f;

    private Header() {}
}
