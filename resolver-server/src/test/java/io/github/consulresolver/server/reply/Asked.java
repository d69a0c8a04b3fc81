package io.github.consulresolver.server.reply;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.ExtendedError;
import io.github.consulresolver.dns.Query;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

/** A client's query, and the reply that a writer makes for it, read by dnsjava, which wrote nothing of it. */
final class Asked {
    /** Queries do not begin where their buffers do: many lie in one. */
    private static final int OFFSET = 5;

    private final Message message;

    private Asked(Message message) {
        this.message = message;
    }

    /** Without EDNS; {@code type} is one of {@link org.xbill.DNS.Type}. */
    static Asked of(String name, int type) {
        return new Asked(DnsClient.question(name, type));
    }

    static Asked of(Message message) {
        return new Asked(message);
    }

    Asked ednsWithDo(int size) {
        message.addRecord(new OPTRecord(size, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return this;
    }

    Asked edns(int size, EDNSOption... options) {
        message.addRecord(new OPTRecord(size, 0, 0, 0, List.of(options)), Section.ADDITIONAL);
        return this;
    }

    /** {@code flag} is one of {@link org.xbill.DNS.Flags}. */
    Asked flag(int flag) {
        message.getHeader().setFlag(flag);
        return this;
    }

    Query query() {
        return query(message.toWire());
    }

    static Query query(byte[] wire) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(OFFSET + wire.length + OFFSET);
        buffer.put(OFFSET, wire);
        Query query = new Query();
        query.read(buffer, OFFSET, wire.length);
        return query;
    }

    Message overUdp(ReplyWriter writer, AnswerSet answers) {
        return overUdp(writer, answers, 0);
    }

    Message overUdp(ReplyWriter writer, AnswerSet answers, int age) {
        return parsed(udpWire(writer, answers, age));
    }

    Message overTcp(ReplyWriter writer, AnswerSet answers) {
        return overTcp(writer, answers, 0);
    }

    Message overTcp(ReplyWriter writer, AnswerSet answers, int age) {
        return parsed(tcpWire(writer, answers, age));
    }

    byte[] udpWire(ReplyWriter writer, AnswerSet answers, int age) {
        ByteBuffer out = ByteBuffer.allocateDirect(0xffff);
        return bytes(out, writer.overUdp(query(), answers, age, out));
    }

    byte[] tcpWire(ReplyWriter writer, AnswerSet answers, int age) {
        ByteBuffer out = ByteBuffer.allocateDirect(0xffff);
        return bytes(out, writer.overTcp(query(), answers, age, out));
    }

    static byte[] error(ReplyWriter writer, Query query, int rcode) {
        return error(writer, query, rcode, null);
    }

    static byte[] error(ReplyWriter writer, Query query, int rcode, @Nullable ExtendedError why) {
        ByteBuffer out = ByteBuffer.allocate(0xffff);
        // What an earlier reply left behind must not show.
        Arrays.fill(out.array(), (byte) 0xff);
        return bytes(out, writer.error(query, rcode, why, false, out));
    }

    /** The message, all of whose bytes are its own. */
    static Message parsed(byte[] wire) {
        try {
            Message message = new Message(wire);
            assertThat(message.numBytes()).isEqualTo(wire.length);
            return message;
        } catch (IOException e) {
            throw new UncheckedIOException("dnsjava cannot read the reply", e);
        }
    }

    private static byte[] bytes(ByteBuffer out, int length) {
        byte[] bytes = new byte[length];
        out.get(0, bytes);
        return bytes;
    }
}
