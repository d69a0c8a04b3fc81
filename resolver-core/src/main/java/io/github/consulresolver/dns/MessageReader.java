package io.github.consulresolver.dns;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Walks over the records of a message somebody sent us. Every length is checked before it is believed, and a compression
 * pointer must point backwards, strictly, to a name that ends before it, so no message can make it run in circles or past the end (RFC 9267).
 *
 * <p>Use: {@code while (reader.next()) ...}; the accessors speak of the record {@code next} went to. Not thread-safe.
 */
public final class MessageReader {
    /** The sections records stand in. */
    public enum Section {
        ANSWER,
        AUTHORITY,
        ADDITIONAL
    }

    private static final Section[] SECTIONS = Section.values();
    private static final int TYPE_OPT = 41;

    /** A name has 127 labels at most. Who points from pointer to pointer for longer wants to keep us busy. */
    private static final int MOST_HOPS = 127;

    private final byte[] message;
    private final ByteBuffer buffer;
    private final int questionEnd;
    private final int[] left = new int[SECTIONS.length];
    private int section;
    private int at;
    private int owner;
    private int fixed;
    private int end;

    /**
     * Reads header and question.
     *
     * @throws MalformedMessageException when they are not whole, or there is not exactly one question
     */
    public MessageReader(byte[] message) throws MalformedMessageException {
        this.message = message;
        buffer = ByteBuffer.wrap(message);
        if (message.length < Header.LENGTH) {
            throw new MalformedMessageException("no whole header: " + message.length + " bytes");
        }
        if (unsigned(Header.QUESTIONS) != 1) {
            throw new MalformedMessageException(unsigned(Header.QUESTIONS) + " questions instead of one");
        }
        int name = DomainName.measure(buffer, Header.LENGTH, message.length);
        questionEnd = Header.LENGTH + name + Question.TYPE_AND_CLASS;
        if (name < 0 || questionEnd > message.length) {
            throw new MalformedMessageException("no whole question");
        }
        left[0] = unsigned(Header.ANSWERS);
        left[1] = unsigned(Header.AUTHORITIES);
        left[2] = unsigned(Header.ADDITIONALS);
        at = questionEnd;
    }

    /** Checks that every record of a message, and every name in those, can be read, and that nothing else is there. */
    public static void check(byte[] message) throws MalformedMessageException {
        MessageReader reader = new MessageReader(message);
        while (reader.next()) {
            reader.owner();
            reader.rdata();
        }
        if (reader.at != message.length) {
            // Sections are larger than their counts say: what was meant cannot be known.
            throw new MalformedMessageException((message.length - reader.at) + " bytes behind the last record");
        }
    }

    /** Goes to the next record; false when there is none. */
    public boolean next() throws MalformedMessageException {
        while (left[section] == 0) {
            if (section == SECTIONS.length - 1) {
                return false;
            }
            section++;
        }
        left[section]--;
        owner = at;
        fixed = skipName(at);
        if (fixed + 10 > message.length) {
            throw new MalformedMessageException("a record runs past the end");
        }
        end = fixed + 10 + unsigned(fixed + 8);
        if (end > message.length) {
            throw new MalformedMessageException("a record's data runs past the end");
        }
        at = end;
        if (type() == TYPE_OPT && section() != Section.ADDITIONAL) {
            throw new MalformedMessageException("an OPT record outside the additional section");
        }
        return true;
    }

    public int flags() {
        return unsigned(Header.FLAGS);
    }

    public int rcode() {
        return flags() & Header.RCODE_MASK;
    }

    /** The response code of a message that was checked, with the bits that its OPT record adds (RFC 6891 section 6.1.3): 0 to 4,095. */
    public static int extendedRcode(byte[] message) throws MalformedMessageException {
        MessageReader reader = new MessageReader(message);
        int upper = 0;
        while (reader.next()) {
            if (reader.type() == TYPE_OPT) {
                upper = message[reader.ttlOffset()] & 0xff;
            }
        }
        return upper << 4 | reader.rcode();
    }

    /** The index behind the question, where records begin. */
    public int questionEnd() {
        return questionEnd;
    }

    public int questionType() {
        return unsigned(questionEnd - Question.TYPE_AND_CLASS);
    }

    public Section section() {
        return SECTIONS[section];
    }

    public int type() {
        return unsigned(fixed);
    }

    /** The TTL in seconds; one with its highest bit set counts as 0 (RFC 2181 section 8). */
    public int ttl() {
        return Math.max(0, buffer.getInt(ttlOffset()));
    }

    public int ttlOffset() {
        return fixed + 4;
    }

    /** The index at which the record begins. */
    public int start() {
        return owner;
    }

    /** The index behind the record. */
    public int end() {
        return end;
    }

    /** The owner's name: uncompressed, case kept. */
    public byte[] owner() throws MalformedMessageException {
        return name(owner);
    }

    byte[] typeAndClass() {
        return Arrays.copyOfRange(message, fixed, fixed + 4);
    }

    /**
     * The record's data with every name in it uncompressed. Names are known in the types RFC 3597 section 4 allows to be
     * compressed, and in SRV, where some servers do it although they must not; data of all other types is as it is.
     */
    public byte[] rdata() throws MalformedMessageException {
        int start = fixed + 10;
        return switch (type()) {
            case 2, 3, 4, 5, 7, 8, 9, 12, 39 -> names(start, 0, 1, 0); // NS MD MF CNAME MB MG MR PTR DNAME
            case 6 -> names(start, 0, 2, 20); // SOA: then five numbers
            case 14, 17 -> names(start, 0, 2, 0); // MINFO RP
            case 15, 18, 21 -> names(start, 2, 1, 0); // MX AFSDB RT
            case 33 -> names(start, 6, 1, 0); // SRV
            case 1 -> exactly(start, 4); // A
            case 28 -> exactly(start, 16); // AAAA
            default -> Arrays.copyOfRange(message, start, end);
        };
    }

    private byte[] exactly(int start, int length) throws MalformedMessageException {
        if (end - start != length) {
            throw new MalformedMessageException("an address of " + (end - start) + " bytes");
        }
        return Arrays.copyOfRange(message, start, end);
    }

    private byte[] names(int start, int before, int count, int after) throws MalformedMessageException {
        int from = start + before;
        byte[][] names = new byte[count][];
        int size = before;
        for (int i = 0; i < count; i++) {
            if (from >= end) {
                throw new MalformedMessageException("a record of type " + type() + " is cut short");
            }
            names[i] = name(from);
            from = skipName(from);
            size += names[i].length;
        }
        if (end - from < after) {
            throw new MalformedMessageException("a record of type " + type() + " is cut short");
        }
        if (end - from > after) {
            throw new MalformedMessageException("a record of type " + type() + " goes on behind its end");
        }
        ByteBuffer rdata = ByteBuffer.allocate(size + end - from);
        rdata.put(message, start, before);
        for (byte[] name : names) {
            rdata.put(name);
        }
        rdata.put(message, from, end - from);
        return rdata.array();
    }

    private int skipName(int start) throws MalformedMessageException {
        for (int i = start; i < message.length; ) {
            int label = message[i] & 0xff;
            if (label == 0) {
                return i + 1;
            }
            if (label >= 0xc0) {
                return i + 2;
            }
            if (label > DomainName.MAX_LABEL) {
                throw new MalformedMessageException("a label of unknown kind: " + label);
            }
            i += label + 1;
        }
        throw new MalformedMessageException("a name runs past the end");
    }

    private byte[] name(int start) throws MalformedMessageException {
        byte[] name = new byte[DomainName.MAX_LENGTH];
        int length = 0;
        int lowest = start;
        int bound = message.length;
        int hops = 0;
        int i = start;
        while (i < bound) {
            int label = message[i] & 0xff;
            if (label >= 0xc0) {
                if (i + 1 >= bound) {
                    break;
                }
                int target = ((label & 0x3f) << 8) | (message[i + 1] & 0xff);
                if (target >= lowest || target < Header.LENGTH) {
                    throw new MalformedMessageException("a compression pointer that does not point backwards");
                }
                if (++hops > MOST_HOPS) {
                    throw new MalformedMessageException("more compression pointers than labels");
                }
                // What it points to was there before, all of it: it ends where this part of the name begins.
                bound = lowest;
                lowest = target;
                i = target;
                continue;
            }
            if (label > DomainName.MAX_LABEL) {
                throw new MalformedMessageException("a label of unknown kind: " + label);
            }
            if (length + label + 1 > DomainName.MAX_LENGTH) {
                throw new MalformedMessageException("a name of more than 255 bytes");
            }
            if (i + label + 1 > bound) {
                break;
            }
            System.arraycopy(message, i, name, length, label + 1);
            length += label + 1;
            i += label + 1;
            if (label == 0) {
                return Arrays.copyOf(name, length);
            }
        }
        throw new MalformedMessageException("a name runs past the end");
    }

    private int unsigned(int index) {
        return buffer.getShort(index) & 0xffff;
    }
}
