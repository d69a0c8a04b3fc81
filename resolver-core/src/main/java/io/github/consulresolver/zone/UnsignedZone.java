package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * Says for the agent what it leaves to others: that no name of its zone is a signed delegation.
 *
 * <p>An agent passes questions for DS records, and only those, to its own recursor, which knows nothing of the zone: the answer is that
 * the name does not exist. Here it is NODATA, with the zone's SOA record from the agent to say for how long.
 */
final class UnsignedZone implements Upstream {
    private static final int TYPE_SOA = 6;
    private static final int TYPE_DS = 43;
    private static final int CLASS_IN = 1;

    private final DomainName suffix;
    private final Upstream agent;

    UnsignedZone(DomainName suffix, Upstream agent) {
        this.suffix = suffix;
        this.agent = agent;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return question.type() == TYPE_DS
                ? agent.ask(Question.of(suffix.toString(), TYPE_SOA)).thenApply(soa -> noDataUntil(question, soa))
                : agent.ask(question);
    }

    private byte[] noDataUntil(Question question, byte[] soa) {
        try {
            MessageReader reader = new MessageReader(soa);
            while (reader.next()) {
                if (reader.type() == TYPE_SOA) {
                    return noData(question, soaRecord(reader.ttl(), reader.rdata()));
                }
            }
            return noData(question, new byte[0]);
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a reply that was checked cannot be read", impossible);
        }
    }

    private byte[] soaRecord(int ttl, byte[] rdata) {
        byte[] owner = suffix.toWire();
        byte[] record = new byte[owner.length + 10 + rdata.length];
        ByteBuffer out = ByteBuffer.wrap(record).put(owner);
        out.putShort((short) TYPE_SOA).putShort((short) CLASS_IN).putInt(ttl);
        out.putShort((short) rdata.length).put(rdata);
        return record;
    }

    /** @param authority a record, or nothing */
    private static byte[] noData(Question question, byte[] authority) {
        byte[] reply = new byte[Header.LENGTH + question.length() + authority.length];
        ByteBuffer out = ByteBuffer.wrap(reply);
        out.putShort(Header.FLAGS, (short) (Header.QR | Header.AA));
        out.putShort(Header.QUESTIONS, (short) 1);
        out.putShort(Header.AUTHORITIES, (short) (authority.length > 0 ? 1 : 0));
        out.position(Header.LENGTH).put(question.toWire()).put(authority);
        return reply;
    }
}
