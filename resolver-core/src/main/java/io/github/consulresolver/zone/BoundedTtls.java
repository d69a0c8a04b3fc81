package io.github.consulresolver.zone;

import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Has no TTL be smaller or larger than its user wants, whatever an agent says. Thread-safe. */
public final class BoundedTtls implements Upstream {
    private static final int TYPE_SOA = 6;
    private static final int TYPE_OPT = 41;

    private final Upstream agent;
    private final int floor;
    private final int cap;

    /**
     * @param floor in seconds, 0 or more
     * @param cap in seconds, not smaller
     */
    public BoundedTtls(Upstream agent, int floor, int cap) {
        this.agent = agent;
        this.floor = floor;
        this.cap = cap;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return agent.ask(question).thenApply(this::bounded);
    }

    private byte[] bounded(byte[] message) {
        byte[] replaced = message.clone();
        ByteBuffer out = ByteBuffer.wrap(replaced);
        MessageReader reader;
        try {
            reader = new MessageReader(message);
            while (reader.next()) {
                if (reader.type() != TYPE_OPT) {
                    bound(out, reader.ttlOffset());
                }
                if (reader.type() == TYPE_SOA) {
                    // A negative answer lives by the smaller of the two (RFC 2308, section 5).
                    bound(out, reader.end() - Integer.BYTES);
                }
            }
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a reply that was checked cannot be read", impossible);
        }
        return replaced;
    }

    /** A TTL with the highest bit set is 0 (RFC 2181, section 8). */
    private void bound(ByteBuffer out, int at) {
        out.putInt(at, Math.max(floor, Math.min(cap, Math.max(0, out.getInt(at)))));
    }
}
