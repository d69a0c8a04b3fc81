package io.github.consulresolver.dns;

import java.nio.ByteBuffer;

/**
 * A client's query, read in place: one object an event loop, filled anew by each {@link #read}. Nothing is copied; the offsets
 * are good as long as the buffer is.
 *
 * <p>What is refused here, and how, is RFC 1035 (format), RFC 6891 (EDNS), RFC 8906 (what a server must answer to what it does
 * not know) and RFC 9619 (one question). Not thread-safe.
 */
public final class Query {
    /** What is to be done with what was read. */
    public enum Verdict {
        /** A question we answer. */
        ASKED(0),
        /** No answer at all: not even a header, or a response (answering those makes loops). */
        DROPPED(0),
        /** Cannot be understood. */
        FORMAT_ERROR(1),
        /** An operation we do not have: NOTIFY, UPDATE, a zone transfer. */
        NOT_IMPLEMENTED(4),
        /** A class other than IN. */
        REFUSED(5),
        /** An EDNS version other than 0. */
        BAD_VERSION(16);

        private final int rcode;

        Verdict(int rcode) {
            this.rcode = rcode;
        }

        /** The response code that says so, 0 to 4,095 (above 15 it needs EDNS). */
        public int rcode() {
            return rcode;
        }
    }

    private static final int TYPE_OPT = 41;
    private static final int TYPE_IXFR = 251;
    private static final int TYPE_AXFR = 252;
    private static final int CLASS_IN = 1;

    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int offset;
    private int questionLength;
    private boolean edns;
    private int udpSize;
    private boolean dnssecOk;

    /** Reads the message in {@code buffer} from {@code offset} on, {@code length} bytes long. */
    public Verdict read(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.offset = offset;
        questionLength = 0;
        edns = false;
        udpSize = Edns.CLASSIC_UDP_SIZE;
        dnssecOk = false;

        if (length < Header.LENGTH) {
            return Verdict.DROPPED;
        }
        int flags = flags();
        if ((flags & Header.QR) != 0) {
            return Verdict.DROPPED;
        }
        if ((flags & Header.OPCODE_MASK) != 0) {
            return Verdict.NOT_IMPLEMENTED;
        }
        if (count(Header.QUESTIONS) != 1) {
            return Verdict.FORMAT_ERROR;
        }
        int end = offset + length;
        int question = offset + Header.LENGTH;
        int name = DomainName.measure(buffer, question, end);
        if (name < 0 || question + name + Question.TYPE_AND_CLASS > end) {
            return Verdict.FORMAT_ERROR;
        }
        questionLength = name + Question.TYPE_AND_CLASS;
        Verdict records = readRecords(question + questionLength, end);
        if (records != Verdict.ASKED) {
            return records;
        }
        if (unsigned(question + name + 2) != CLASS_IN) {
            return Verdict.REFUSED;
        }
        int type = type();
        if (type == TYPE_AXFR || type == TYPE_IXFR) {
            return Verdict.NOT_IMPLEMENTED;
        }
        return type == TYPE_OPT ? Verdict.FORMAT_ERROR : Verdict.ASKED;
    }

    /** Looks for the OPT record; whatever else a query carries (a SOA, a signature) is stepped over. */
    private Verdict readRecords(int start, int end) {
        int others = count(Header.ANSWERS) + count(Header.AUTHORITIES);
        int records = others + count(Header.ADDITIONALS);
        Verdict verdict = Verdict.ASKED;
        int at = start;
        for (int i = 0; i < records; i++) {
            int owner = skipName(at, end);
            if (owner < 0 || owner + 10 > end) {
                return Verdict.FORMAT_ERROR;
            }
            int rdata = owner + 10;
            int next = rdata + unsigned(owner + 8);
            if (next > end) {
                return Verdict.FORMAT_ERROR;
            }
            if (unsigned(owner) == TYPE_OPT) {
                boolean ownerIsRoot = owner == at + 1;
                boolean known = buffer.get(owner + 5) == 0;
                // What another version's options look like, only that version knows.
                if (edns || i < others || !ownerIsRoot || (known && !optionsEndAt(rdata, next))) {
                    return Verdict.FORMAT_ERROR;
                }
                edns = true;
                udpSize = Math.max(Edns.CLASSIC_UDP_SIZE, unsigned(owner + 2));
                dnssecOk = (unsigned(owner + 6) & Edns.DO) != 0;
                verdict = known ? Verdict.ASKED : Verdict.BAD_VERSION;
            }
            at = next;
        }
        return verdict;
    }

    private boolean optionsEndAt(int start, int end) {
        int at = start;
        while (at + 4 <= end) {
            at += 4 + unsigned(at + 2);
        }
        return at == end;
    }

    /** The index behind the name at {@code at}, which may end in a pointer; -1 when it runs out of the message. */
    private int skipName(int at, int end) {
        while (at < end) {
            int label = buffer.get(at) & 0xff;
            if (label == 0) {
                return at + 1;
            }
            if (label >= 0xc0) {
                return at + 2;
            }
            if (label > DomainName.MAX_LABEL) {
                return -1;
            }
            at += label + 1;
        }
        return -1;
    }

    /** Where the message lies. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** The client's id and flags, as they stand in the message. */
    public int id() {
        return unsigned(offset + Header.ID);
    }

    public int flags() {
        return unsigned(offset + Header.FLAGS);
    }

    /** Where the question begins: its name, then type and class. */
    public int questionOffset() {
        return offset + Header.LENGTH;
    }

    /** Length of name, type and class in bytes; 0 when the question could not be read. */
    public int questionLength() {
        return questionLength;
    }

    /** The type asked for, 0 to 65,535. */
    public int type() {
        return unsigned(offset + Header.LENGTH + questionLength - Question.TYPE_AND_CLASS);
    }

    /** Whether the query has an OPT record: then the reply has one, else not (RFC 6891 section 6.1.1). */
    public boolean hasEdns() {
        return edns;
    }

    /** The largest UDP reply the client takes, in bytes: at least 512. */
    public int udpSize() {
        return udpSize;
    }

    public boolean isDnssecOk() {
        return dnssecOk;
    }

    /** {@link Question#DNSSEC_OK} and {@link Question#CHECKING_DISABLED} as the client set them. */
    public int questionFlags() {
        return (dnssecOk ? Question.DNSSEC_OK : 0) | ((flags() & Header.CD) != 0 ? Question.CHECKING_DISABLED : 0);
    }

    /** A copy of the question that outlives the buffer. */
    public Question question() {
        return Question.copyOf(buffer, questionOffset(), questionLength, questionFlags());
    }

    private int count(int field) {
        return unsigned(offset + field);
    }

    private int unsigned(int index) {
        return buffer.getShort(index) & 0xffff;
    }
}
