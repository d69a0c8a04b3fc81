package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Header;
import java.nio.ByteBuffer;

/** What the header of a whole reply says. */
final class Replies {
    private Replies() {}

    static int rcode(byte[] reply) {
        return reply[Header.FLAGS + 1] & Header.RCODE_MASK;
    }

    /** Whether it says what there is, or that there is nothing: all else is that the server cannot or will not say. */
    static boolean isAnswer(byte[] reply) {
        return AnswerSet.isAnswer(rcode(reply));
    }

    /** Whether it was cut (TC). */
    static boolean isCut(byte[] reply) {
        return (ByteBuffer.wrap(reply).getShort(Header.FLAGS) & Header.TC) != 0;
    }

    /** How many records its answer section has. */
    static int answers(byte[] reply) {
        return ByteBuffer.wrap(reply).getShort(Header.ANSWERS) & 0xffff;
    }
}
