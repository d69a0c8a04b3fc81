package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A query of ours in wire form, and what is to be made of a reply to it (RFC 5452 section 9.1). */
final class SentQuery {
    /** What a message is that came back. */
    enum Reply {
        /** A whole and readable answer to this query, be it that the server cannot say. */
        ANSWER,
        /** The same, but for the case of the name: from a server that does not keep it, or from somebody who does not know it. */
        OTHER_CASE,
        /** The server does not understand EDNS, or says so of the whole query. */
        NO_EDNS,
        /** The server will not answer, and does not repeat the question. */
        REFUSAL,
        /** It is meant as an answer to this query, but it is broken. */
        BROKEN,
        /** An answer to something else, or nothing at all: perhaps from somebody else. */
        STRANGER
    }

    private static final int TYPE_OPT = 41;
    private static final int FORMAT_ERROR = 1;
    private static final int NOT_IMPLEMENTED = 4;

    private final Question question;
    private final byte[] message;
    private final boolean edns;
    private final long capitals;

    /**
     * @param id unpredictable, 0 to 65,535
     */
    SentQuery(Question question, int id, Form form) {
        this(question, id, form, 0);
    }

    /**
     * The same with some large letters (0x20, draft-vixie-dnsext-dns0x20), for a forger to guess.
     *
     * @param capitals which of the first 64 letters are large, a bit each
     */
    SentQuery(Question question, int id, Form form, long capitals) {
        this.question = question;
        this.capitals = capitals;
        edns = form.hasEdns();
        byte[] subnet = question.subnet();
        LoopMark mark = form.mark();
        int options = (subnet.length == 0 ? 0 : Edns.OPTION_HEADER + subnet.length)
                + (mark == null ? 0 : Edns.OPTION_HEADER + Edns.LOOP_MARK_LENGTH);
        int opt = edns ? Edns.OPT_LENGTH + options : 0;
        ByteBuffer out = ByteBuffer.allocate(Header.LENGTH + question.length() + opt);
        int checking = (question.flags() & Question.CHECKING_DISABLED) != 0 ? Header.CD : 0;
        int dnssec = (question.flags() & Question.DNSSEC_OK) != 0 ? Edns.DO : 0;
        // AD in a query asks for AD in the reply (RFC 6840 section 5.7).
        out.putShort((short) id).putShort((short) (Header.RD | Header.AD | checking));
        out.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) (edns ? 1 : 0));
        out.put(name());
        if (edns) {
            out.put((byte) 0).putShort((short) TYPE_OPT).putShort((short) form.udpSize());
            out.putShort((short) 0).putShort((short) dnssec).putShort((short) options);
            if (subnet.length > 0) {
                out.putShort((short) Edns.CLIENT_SUBNET).putShort((short) subnet.length);
                out.put(subnet);
            }
            if (mark != null) {
                out.putShort((short) Edns.LOOP_MARK).putShort((short) Edns.LOOP_MARK_LENGTH);
                out.putLong(mark.token());
            }
        }
        message = out.array();
    }

    /** The question with its large letters. */
    private byte[] name() {
        byte[] name = question.toWire();
        int letter = 0;
        for (int i = 0; capitals != 0 && i < name.length - Question.TYPE_AND_CLASS && letter < Long.SIZE; i++) {
            // No length of a label is a letter: those have 63 at most.
            if (name[i] >= 'a' && name[i] <= 'z' && (capitals >>> letter++ & 1) != 0) {
                name[i] = (byte) (name[i] - 'a' + 'A');
            }
        }
        return name;
    }

    /** Makes the letters in the question of a reply to this small again. */
    void restoreCase(byte[] reply) {
        if (capitals != 0) {
            System.arraycopy(question.toWire(), 0, reply, Header.LENGTH, question.length());
        }
    }

    private boolean hasCaseOf(byte[] reply) {
        int end = Header.LENGTH + question.length();
        return capitals == 0 || Arrays.equals(reply, Header.LENGTH, end, message, Header.LENGTH, end);
    }

    byte[] message() {
        return message;
    }

    int id() {
        return id(message);
    }

    /** The id of a message that has a header, 0 to 65,535. */
    static int id(byte[] message) {
        return (message[0] & 0xff) << Byte.SIZE | message[1] & 0xff;
    }

    /** Judges what came back. The case of the name counts where it was mixed. */
    Reply judge(byte[] reply) {
        if (reply.length < Header.LENGTH || reply[0] != message[0] || reply[1] != message[1]) {
            return Reply.STRANGER;
        }
        ByteBuffer in = ByteBuffer.wrap(reply);
        int flags = in.getShort(Header.FLAGS);
        if ((flags & Header.QR) == 0 || (flags & Header.OPCODE_MASK) != 0) {
            return Reply.STRANGER;
        }
        int rcode = flags & Header.RCODE_MASK;
        if (in.getShort(Header.QUESTIONS) == 0 && rcode != AnswerSet.NO_ERROR && rcode != AnswerSet.NAME_ERROR) {
            return refusal(rcode);
        }
        if (reply.length < Header.LENGTH + question.length()
                || in.getShort(Header.QUESTIONS) != 1
                || !question.withoutSubnet().matches(in, Header.LENGTH, question.length(), question.flags())) {
            return Reply.STRANGER;
        }
        try {
            MessageReader.check(reply);
            int extended = MessageReader.extendedRcode(reply);
            boolean understood = extended <= Header.RCODE_MASK && rcode != FORMAT_ERROR && rcode != NOT_IMPLEMENTED;
            if (!understood) {
                return refusal(extended);
            }
            return hasCaseOf(reply) ? Reply.ANSWER : Reply.OTHER_CASE;
        } catch (MalformedMessageException malformed) {
            return Reply.BROKEN;
        }
    }

    /** Servers from before EDNS answer FORMERR or NOTIMP to it (RFC 6891 section 7), those of another version BADVERS. */
    private Reply refusal(int rcode) {
        boolean blamesQuery = rcode == FORMAT_ERROR || rcode == NOT_IMPLEMENTED || rcode > Header.RCODE_MASK;
        return blamesQuery && edns ? Reply.NO_EDNS : Reply.REFUSAL;
    }
}
