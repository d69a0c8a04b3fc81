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
                ? agent.ask(Question.of(suffix.toString(), TYPE_SOA)).thenApply(soa -> noData(question, soa))
                : agent.ask(question);
    }

    private byte[] noData(Question question, byte[] soa) {
        try {
            MessageReader reader = new MessageReader(soa);
            while (reader.next()) {
                if (reader.type() == TYPE_SOA) {
                    return noData(question, reader.ttl(), reader.rdata());
                }
            }
            return head(question, 0, 0).array();
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a reply that was checked cannot be read", impossible);
        }
    }

    private byte[] noData(Question question, int ttl, byte[] rdata) {
        byte[] owner = suffix.toWire();
        ByteBuffer reply = head(question, 1, owner.length + 10 + rdata.length);
        reply.put(owner).putShort((short) TYPE_SOA).putShort((short) CLASS_IN).putInt(ttl);
        return reply.putShort((short) rdata.length).put(rdata).array();
    }

    private static ByteBuffer head(Question question, int authorities, int length) {
        ByteBuffer reply = ByteBuffer.allocate(Header.LENGTH + question.length() + length);
        reply.putShort((short) 0).putShort((short) (Header.QR | Header.AA)).putShort((short) 1);
        return reply.putShort((short) 0)
                .putShort((short) authorities)
                .putShort((short) 0)
                .put(question.toWire());
    }
}
