package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Query;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The OPT record of one reply: there if, and only if, the query has one (RFC 6891 section 6.1.1), and with the options that client asked
 * for or that explain a failure. What we do not know is never echoed.
 *
 * <p>Use: {@link #begin}, then what is to be in it, then {@link #length}, which no longer changes, then {@link #write}. One object an
 * event loop; not thread-safe.
 */
final class OptRecord {
    private static final short TYPE_OPT = 41;
    private static final int NONE = -1;
    private static final int KEEPALIVE_LENGTH = 2;
    private static final int CODE_LENGTH = 2;

    private final int udpSize;
    private final int idleTimeout;

    // The reply being written: begin() sets all of these before anything reads them.
    @SuppressWarnings("NullAway.Init")
    private Query query;

    private boolean keepalive;
    private int subnetScope;
    private @Nullable ExtendedError firstError;
    private @Nullable ExtendedError secondError;

    /** @param idleTimeout how long a TCP connection may be idle */
    OptRecord(int udpSize, Duration idleTimeout) {
        this.udpSize = udpSize;
        // In units of 100 ms (RFC 7828 section 3.1).
        this.idleTimeout = (int) Math.min(0xffff, idleTimeout.toMillis() / 100);
    }

    void begin(Query query, boolean tcp) {
        this.query = query;
        keepalive = tcp && query.wantsKeepalive();
        subnetScope = NONE;
        firstError = null;
        secondError = null;
    }

    /** Echoes the client's subnet, if it told one: the answer is for {@code scope} bits of it (RFC 7871 section 7.2.1). */
    void subnet(int scope) {
        subnetScope = query.subnetLength() > 0 ? scope : NONE;
    }

    /** What there is to say, and what else. */
    void errors(@Nullable ExtendedError why, @Nullable ExtendedError also) {
        firstError = why;
        secondError = also;
    }

    /** In bytes; 0 when there is none. */
    int length() {
        return query.hasEdns() ? Edns.OPT_LENGTH + optionsLength() : 0;
    }

    private int optionsLength() {
        return (keepalive ? Edns.OPTION_HEADER + KEEPALIVE_LENGTH : 0)
                + (subnetScope != NONE ? Edns.OPTION_HEADER + query.subnetLength() : 0)
                + errorLength(firstError)
                + errorLength(secondError);
    }

    private static int errorLength(@Nullable ExtendedError error) {
        return error == null
                ? 0
                : Edns.OPTION_HEADER + CODE_LENGTH + error.text().length();
    }

    /**
     * Writes it behind all other records, and counts it.
     *
     * @param extendedRcode the upper eight bits of the response code
     * @return the index behind it
     */
    int write(int extendedRcode, int end, ByteBuffer out) {
        if (!query.hasEdns()) {
            return end;
        }
        out.put(end, (byte) 0);
        out.putShort(end + 1, TYPE_OPT);
        out.putShort(end + 3, (short) udpSize);
        out.putInt(end + 5, extendedRcode << 24 | (query.isDnssecOk() ? Edns.DO : 0));
        out.putShort(end + 9, (short) optionsLength());
        out.putShort(Header.ADDITIONALS, (short) (out.getShort(Header.ADDITIONALS) + 1));
        int at = end + Edns.OPT_LENGTH;
        if (keepalive) {
            at = header(Edns.TCP_KEEPALIVE, KEEPALIVE_LENGTH, at, out);
            out.putShort(at, (short) idleTimeout);
            at += KEEPALIVE_LENGTH;
        }
        if (subnetScope != NONE) {
            at = header(Edns.CLIENT_SUBNET, query.subnetLength(), at, out);
            out.put(at, query.buffer(), query.subnetOffset(), query.subnetLength());
            out.put(at + Edns.SUBNET_SCOPE, (byte) subnetScope);
            at += query.subnetLength();
        }
        return error(secondError, error(firstError, at, out), out);
    }

    private static int error(@Nullable ExtendedError error, int at, ByteBuffer out) {
        if (error == null) {
            return at;
        }
        String text = error.text();
        int data = header(Edns.EXTENDED_ERROR, CODE_LENGTH + text.length(), at, out);
        out.putShort(data, (short) error.code());
        for (int i = 0; i < text.length(); i++) {
            out.put(data + CODE_LENGTH + i, (byte) text.charAt(i));
        }
        return data + CODE_LENGTH + text.length();
    }

    private static int header(int option, int length, int at, ByteBuffer out) {
        out.putShort(at, (short) option);
        out.putShort(at + 2, (short) length);
        return at + Edns.OPTION_HEADER;
    }
}
