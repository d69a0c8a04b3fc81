package io.github.consulresolver.dns;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/** A reply, built by dnsjava from records as zone files write them. */
public final class Reply {
    private final Message message;

    private Reply(Message message) {
        this.message = message;
        message.getHeader().setFlag(Flags.QR);
    }

    public static Reply to(String name, int type) {
        try {
            return to(Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN)));
        } catch (TextParseException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    /** With the query's id and question, and without its OPT record. */
    public static Reply to(Message query) {
        Message reply = new Message(query.getHeader().getID());
        reply.addRecord(query.getQuestion(), Section.QUESTION);
        return new Reply(reply);
    }

    /** {@code flag} is one of {@link Flags}. */
    public Reply flag(int flag) {
        message.getHeader().setFlag(flag);
        return this;
    }

    public Reply rcode(int rcode) {
        message.getHeader().setRcode(rcode);
        return this;
    }

    public Reply answer(String... records) {
        return add(Section.ANSWER, records);
    }

    public Reply authority(String... records) {
        return add(Section.AUTHORITY, records);
    }

    public Reply additional(String... records) {
        return add(Section.ADDITIONAL, records);
    }

    public Reply opt() {
        message.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
        return this;
    }

    private Reply add(int section, String... records) {
        for (String record : records) {
            message.addRecord(record(record), section);
        }
        return this;
    }

    /** The record that a line of a zone file describes. */
    public static Record record(String line) {
        try (Master file = new Master(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)))) {
            return file.nextRecord();
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        }
    }

    public Message message() {
        return message;
    }

    public byte[] wire() {
        return message.toWire();
    }

    /** The message with a last record of a type that nobody knows, which makes it {@code length} bytes long. */
    public byte[] wire(int length) {
        byte[] wire = message.toWire();
        int data = length - wire.length - 11;
        ByteBuffer padded = ByteBuffer.allocate(length).put(wire);
        padded.put((byte) 0)
                .putShort((short) 65_280)
                .putShort((short) DClass.IN)
                .putInt(0);
        padded.putShort((short) data);
        int additionals = message.getSection(Section.ADDITIONAL).size();
        return padded.putShort(10, (short) (additionals + 1)).array();
    }
}
