package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;

/** A query of ours in wire form, and what counts as an answer to it (RFC 5452 section 9.1). */
final class SentQuery {
    private static final int TYPE_OPT = 41;

    private final Question question;
    private final byte[] message;

    /**
     * @param id unpredictable, 0 to 65,535
     * @param udpSize the largest UDP reply we take, in bytes, 512 to 65,535
     */
    SentQuery(Question question, int id, int udpSize) {
        this.question = question;
        ByteBuffer out = ByteBuffer.allocate(Header.LENGTH + question.length() + Edns.OPT_LENGTH);
        int checking = (question.flags() & Question.CHECKING_DISABLED) != 0 ? Header.CD : 0;
        int dnssec = (question.flags() & Question.DNSSEC_OK) != 0 ? Edns.DO : 0;
        // AD in a query asks for AD in the reply (RFC 6840 section 5.7).
        out.putShort((short) id).putShort((short) (Header.RD | Header.AD | checking));
        out.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 1);
        out.put(question.toWire());
        out.put((byte) 0).putShort((short) TYPE_OPT).putShort((short) udpSize);
        out.putShort((short) 0).putShort((short) dnssec).putShort((short) 0);
        message = out.array();
    }

    byte[] message() {
        return message;
    }

    /** Whether {@code reply} is a whole and readable answer to this query. The case of the name does not count. */
    boolean isAnsweredBy(byte[] reply) {
        if (reply.length < Header.LENGTH + question.length() || reply[0] != message[0] || reply[1] != message[1]) {
            return false;
        }
        ByteBuffer in = ByteBuffer.wrap(reply);
        int flags = in.getShort(Header.FLAGS);
        if ((flags & Header.QR) == 0 || (flags & Header.OPCODE_MASK) != 0 || in.getShort(Header.QUESTIONS) != 1) {
            return false;
        }
        if (!question.matches(in, Header.LENGTH, question.length(), question.flags())) {
            return false;
        }
        try {
            MessageReader.check(reply);
            return true;
        } catch (MalformedMessageException malformed) {
            return false;
        }
    }
}
