package io.github.consulresolver.dns;

import java.nio.ByteBuffer;

/** Adds up, record by record, how long a message may be kept (RFC 2181 section 5.2 and 8, RFC 2308 section 5). */
final class Lifetime {
    private static final int TYPE_SOA = 6;

    private int ttl = Integer.MAX_VALUE;
    private int answers;
    private boolean soa;

    void add(MessageReader reader) throws MalformedMessageException {
        ttl = Math.min(ttl, reader.ttl());
        if (reader.section() == MessageReader.Section.ANSWER) {
            answers++;
        } else if (reader.section() == MessageReader.Section.AUTHORITY && reader.type() == TYPE_SOA) {
            soa = true;
            // It is there only where something is not, be it at the end of a chain: the minimum always counts.
            byte[] rdata = reader.rdata();
            ttl = Math.min(ttl, Math.max(0, ByteBuffer.wrap(rdata).getInt(rdata.length - 4)));
        }
    }

    boolean isNegative(int rcode) {
        return rcode == AnswerSet.NAME_ERROR || answers == 0;
    }

    /** In seconds. */
    int ttl(int rcode) {
        if (rcode != AnswerSet.NO_ERROR && rcode != AnswerSet.NAME_ERROR) {
            return 0;
        }
        return isNegative(rcode) && !soa ? 0 : ttl;
    }
}
