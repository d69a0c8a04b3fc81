package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import io.netty.util.collection.IntObjectHashMap;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;

/**
 * A socket for many queries to one server on this host, told apart by their random ids. There nobody can pose as the server who is not
 * allowed everything anyway, and to open a socket costs several times what a query costs. It serves for so many queries and so long, and
 * until something is odd; then it takes no more, and is closed when the last of its queries is over.
 */
final class SharedSocket extends UdpSocket {
    /** A small part of all ids, so that a free one is drawn at once, and what comes late meets no other query. */
    static final int MOST_USES = 8_192;

    /** A UDP message has no more. */
    static final int LARGEST_REPLY = 65_507;

    static final Duration LIFETIME = Duration.ofSeconds(60);

    private final InetSocketAddress server;
    private final UpstreamListener listener;
    private final RandomIds ids;
    private final long opened;
    private final IntObjectHashMap<Exchange> exchanges = new IntObjectHashMap<>();
    /** Ids of queries whose reply nobody waits for. */
    private final BitSet abandoned = new BitSet();

    private int uses;
    private int strangers;
    private boolean retired;

    SharedSocket(Transport transport, InetSocketAddress server, UpstreamListener listener, RandomIds ids, long now) {
        super(transport);
        this.server = server;
        this.listener = listener;
        this.ids = ids;
        opened = now;
    }

    /** Whether it takes one more query. One that does not any more is to be {@link #retire}d. */
    boolean isGood(long now) {
        return !retired && uses < MOST_USES && now - opened < LIFETIME.toNanos();
    }

    /** Takes no more. */
    void retire() {
        retired = true;
        closeIfIdle();
    }

    Wire.Sent send(Question question, Form form, Wire.Outcome outcome) {
        int id = ids.next();
        while (exchanges.containsKey(id) || abandoned.get(id)) {
            id = ids.next();
        }
        uses++;
        SentQuery query = new SentQuery(question, id, form);
        Exchange exchange = new Exchange(query, server, Protocol.UDP, listener, outcome, this);
        exchanges.put(id, exchange);
        write(query.message());
        flushSoon();
        return exchange;
    }

    @Override
    void received(byte[] bytes) {
        int id = bytes.length < Header.LENGTH ? -1 : SentQuery.id(bytes);
        Exchange exchange = exchanges.get(id);
        if (exchange != null) {
            exchange.received(bytes);
        } else if (id < 0 || !abandoned.get(id)) {
            listener.dropped(server, Protocol.UDP);
            if (++strangers == Exchange.MOST_MISMATCHES) {
                end(Reason.MISMATCHED, strangers + " replies to something else");
            }
        }
    }

    @Override
    void broke(String what) {
        end(Reason.UNREACHABLE, what);
    }

    private void end(Reason reason, String what) {
        retired = true;
        List.copyOf(exchanges.values()).forEach(exchange -> exchange.fail(reason, what));
        close();
    }

    @Override
    public void landed(Exchange exchange) {
        exchanges.remove(exchange.query().id());
        closeIfIdle();
    }

    @Override
    public void abandoned(Exchange exchange) {
        abandoned.set(exchange.query().id());
        landed(exchange);
    }

    private void closeIfIdle() {
        if (retired && exchanges.isEmpty()) {
            close();
        }
    }
}
