package io.github.consulresolver.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xbill.DNS.Message;

/** An instance set put together again, whole and in order, as the description of its blocks says, for dnsjava to read. */
public final class Assembled {
    /** Bytes between an SRV record's owner and its target. */
    private static final int BEFORE_TARGET = InstanceSet.FIXED_FIELDS + 6;

    private final InstanceSet set;
    private final ByteBuffer out = ByteBuffer.allocate(65_535);

    private Assembled(InstanceSet set) {
        this.set = set;
    }

    /**
     * The message that a client gets to read.
     *
     * @param question in wire form: the client's own bytes
     */
    public static Message of(InstanceSet set, byte[] question) throws IOException {
        return new Message(new Assembled(set).write(question));
    }

    static byte[] wire(InstanceSet set, byte[] question) {
        return new Assembled(set).write(question);
    }

    private byte[] write(byte[] question) {
        out.position(Header.LENGTH).put(question);
        int[] targets = new int[set.glueGroups()];
        for (int block = 0; block < set.chain(); block++) {
            copy(block);
        }
        for (int instance = 0; instance < set.instances(); instance++) {
            int at = copy(set.chain() + instance);
            if (set.glueOf(instance) != InstanceSet.NO_GLUE) {
                targets[set.glueOf(instance)] = at + ownerLength(at) + BEFORE_TARGET;
            }
        }
        for (int i = 0; i < set.authorities(); i++) {
            copy(set.firstAuthority() + i);
        }
        int glue = 0;
        for (int group = 0; group < set.glueGroups(); group++) {
            for (int block = set.firstGlue(group); block < set.firstGlue(group + 1); block++) {
                int at = copy(block);
                out.putShort(at, (short) (0xc000 | targets[group]));
                glue++;
            }
        }
        for (int i = 0; i < set.extras(); i++) {
            copy(set.firstExtra() + i);
        }
        out.putShort(Header.FLAGS, (short) (Header.QR | set.authoritative() | set.rcode()));
        out.putShort(Header.QUESTIONS, (short) 1);
        out.putShort(Header.ANSWERS, (short) (set.chain() + set.instances()));
        out.putShort(Header.AUTHORITIES, (short) set.authorities());
        out.putShort(Header.ADDITIONALS, (short) (glue + set.extras()));
        byte[] message = new byte[out.position()];
        out.get(0, message);
        return message;
    }

    private int ownerLength(int start) {
        int end = start;
        while (out.get(end) > 0) {
            end += out.get(end) + 1;
        }
        return end - start + (out.get(end) == 0 ? 1 : InstanceSet.POINTER);
    }

    private int copy(int block) {
        int at = out.position();
        out.put(set.bytes(), set.start(block), set.length(block));
        return at;
    }
}
