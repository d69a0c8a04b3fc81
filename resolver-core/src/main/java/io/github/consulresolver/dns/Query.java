package io.github.consulresolver.dns;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

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
        ASKED(0, null),
        /** No answer at all: not even a header, or a response (answering those makes loops). */
        DROPPED(0, null),
        /** Cannot be understood. */
        FORMAT_ERROR(1, null),
        /** An operation we do not have: NOTIFY, UPDATE, a zone transfer. */
        NOT_IMPLEMENTED(4, ExtendedError.NOT_SUPPORTED),
        /** A class other than IN. */
        REFUSED(5, ExtendedError.NOT_SUPPORTED),
        /** An EDNS version other than 0. */
        BAD_VERSION(16, null);

        private final int rcode;
        private final @Nullable ExtendedError why;

        Verdict(int rcode, @Nullable ExtendedError why) {
            this.rcode = rcode;
            this.why = why;
        }

        /** The response code that says so, 0 to 4,095 (above 15 it needs EDNS). */
        public int rcode() {
            return rcode;
        }

        /** What else there is to say; null where the response code says it all. */
        public @Nullable ExtendedError why() {
            return why;
        }
    }

    private static final int TYPE_OPT = 41;
    private static final int TYPE_IXFR = 251;
    private static final int TYPE_AXFR = 252;
    private static final int CLASS_IN = 1;
    private static final int IPV4 = 1;
    private static final int IPV6 = 2;

    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int offset;
    private int questionLength;
    private boolean edns;
    private int udpSize;
    private boolean dnssecOk;
    private boolean keepalive;
    private boolean marked;
    private long mark;
    private int subnet;
    private int subnetLength;

    /** Reads the message in {@code buffer} from {@code offset} on, {@code length} bytes long. */
    public Verdict read(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.offset = offset;
        questionLength = 0;
        edns = false;
        udpSize = Edns.CLASSIC_UDP_SIZE;
        dnssecOk = false;
        keepalive = false;
        marked = false;
        subnetLength = 0;

        if (length < Header.LENGTH) {
            return Verdict.DROPPED;
        }
        int flags = flags();
        if ((flags & Header.QR) != 0) {
            return Verdict.DROPPED;
        }
        int end = offset + length;
        int questions = skipQuestions(end);
        // Also where the question is none we answer: who sent an OPT record gets one.
        Verdict records = questions < 0 ? Verdict.FORMAT_ERROR : readRecords(questions, end);
        if ((flags & Header.OPCODE_MASK) != 0) {
            return Verdict.NOT_IMPLEMENTED;
        }
        if (questions < 0 || count(Header.QUESTIONS) != 1) {
            return Verdict.FORMAT_ERROR;
        }
        questionLength = questions - questionOffset();
        if (records != Verdict.ASKED) {
            return records;
        }
        if (unsigned(questions - 2) != CLASS_IN) {
            return Verdict.REFUSED;
        }
        int type = type();
        if (type == TYPE_AXFR || type == TYPE_IXFR) {
            return Verdict.NOT_IMPLEMENTED;
        }
        return type == TYPE_OPT ? Verdict.FORMAT_ERROR : Verdict.ASKED;
    }

    /** The index behind the questions, however many; -1 when they cannot be read. */
    private int skipQuestions(int end) {
        int at = questionOffset();
        for (int i = count(Header.QUESTIONS); i > 0; i--) {
            boolean first = at == questionOffset();
            int next = first ? at + DomainName.measure(buffer, at, end) : skipName(at, end);
            if (next < at || next + Question.TYPE_AND_CLASS > end) {
                return -1;
            }
            at = next + Question.TYPE_AND_CLASS;
        }
        return at;
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
                if (edns || i < others || !ownerIsRoot || (known && !readOptions(rdata, next))) {
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

    /** Takes note of the options we know; steps over cookies, padding and all others. False when they are malformed. */
    private boolean readOptions(int start, int end) {
        int at = start;
        while (at + Edns.OPTION_HEADER <= end) {
            int data = at + Edns.OPTION_HEADER;
            int length = unsigned(at + 2);
            if (data + length > end) {
                return false;
            }
            int option = unsigned(at);
            keepalive |= option == Edns.TCP_KEEPALIVE;
            if (option == Edns.LOOP_MARK && length == Edns.LOOP_MARK_LENGTH) {
                marked = true;
                mark = buffer.getLong(data);
            }
            if (option == Edns.CLIENT_SUBNET && !readSubnet(data, length)) {
                return false;
            }
            at = data + length;
        }
        return at == end;
    }

    /** False when it is none that RFC 7871 section 6 allows; one of a family we do not know is as good as none. */
    private boolean readSubnet(int data, int length) {
        if (length < Edns.SUBNET_ADDRESS) {
            return false;
        }
        int family = unsigned(data);
        if (family != IPV4 && family != IPV6) {
            return true;
        }
        int prefix = buffer.get(data + Edns.SUBNET_SOURCE) & 0xff;
        int bytes = (prefix + 7) / 8;
        if (prefix > (family == IPV4 ? 32 : 128)
                || buffer.get(data + Edns.SUBNET_SCOPE) != 0
                || length != Edns.SUBNET_ADDRESS + bytes) {
            return false;
        }
        if (prefix % 8 != 0 && (buffer.get(data + length - 1) & (0xff >> (prefix % 8))) != 0) {
            return false;
        }
        subnet = data;
        subnetLength = length;
        return true;
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

    /** Whether the client would like to know how long its TCP connection may be idle (RFC 7828). */
    public boolean wantsKeepalive() {
        return keepalive;
    }

    /** Where the data of the client subnet option begins; only good where {@link #subnetLength} is above 0. */
    public int subnetOffset() {
        return subnet;
    }

    /** Length of the data of the client subnet option in bytes, 0 without one. */
    public int subnetLength() {
        return subnetLength;
    }

    /** Whether the client says which network it is in. A prefix of no bits says that it does not (RFC 7871 section 7.1.2). */
    public boolean hasSubnet() {
        return subnetLength > Edns.SUBNET_ADDRESS;
    }

    /** Whether a server of our kind has asked, and put this mark on its query ({@link Edns#LOOP_MARK}). */
    public boolean isMarked(long mark) {
        return marked && this.mark == mark;
    }

    /** {@link Question#DNSSEC_OK} and {@link Question#CHECKING_DISABLED} as the client set them. */
    public int questionFlags() {
        return (dnssecOk ? Question.DNSSEC_OK : 0) | ((flags() & Header.CD) != 0 ? Question.CHECKING_DISABLED : 0);
    }

    /** A copy of the question that outlives the buffer. */
    public Question question() {
        Question question = Question.copyOf(buffer, questionOffset(), questionLength, questionFlags());
        if (!hasSubnet()) {
            return question;
        }
        byte[] option = new byte[subnetLength];
        buffer.get(subnet, option);
        return question.inSubnet(option);
    }

    private int count(int field) {
        return unsigned(offset + field);
    }

    private int unsigned(int index) {
        return buffer.getShort(index) & 0xffff;
    }
}
