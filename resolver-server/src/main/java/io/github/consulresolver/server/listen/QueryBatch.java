package io.github.consulresolver.server.listen;

import io.github.consulresolver.dns.Query;
import io.github.consulresolver.dns.Query.Verdict;
import io.github.consulresolver.server.metrics.QueryCounters.Protocol;
import java.nio.ByteBuffer;

/**
 * Datagrams that came at the same time. All are read, then all are looked up, before the first is answered: so they wait for memory together,
 * where a cache of many names is in none of the processor's own.
 *
 * <p>Not thread-safe.
 */
final class QueryBatch {
    private final QueryHandler handler;
    private final Query[] queries;
    private final Verdict[] verdicts;
    private final int[] hashes;
    private int count;

    /** @param size how many datagrams there are at most */
    QueryBatch(QueryHandler handler, int size) {
        this.handler = handler;
        queries = new Query[size];
        verdicts = new Verdict[size];
        hashes = new int[size];
        for (int i = 0; i < size; i++) {
            queries[i] = new Query();
        }
    }

    /** Begins a new batch. */
    void begin() {
        handler.tick();
        count = 0;
    }

    /** Reads the next datagram, of {@code length} bytes from index 0 on. */
    void read(ByteBuffer message, int length) {
        int i = count++;
        verdicts[i] = Verdict.DROPPED;
        verdicts[i] = queries[i].read(message, 0, length);
        hashes[i] = QueryHandler.hash(queries[i], verdicts[i]);
    }

    /** Looks up what was read. */
    void lookUp() {
        handler.fetch(hashes, count);
    }

    /** The largest reply that the client of number {@code i} takes, in bytes. */
    int udpSize(int i) {
        return queries[i].udpSize();
    }

    /**
     * Answers the datagram that was read as number {@code i}, counted from 0, as {@link QueryHandler#handle} does.
     */
    int answer(int i, boolean allowed) {
        return handler.answer(queries[i], verdicts[i], hashes[i], Protocol.UDP, allowed);
    }

    /** Answers it, where {@link #answer} did not, if there is no place to ask for it, as {@link QueryHandler#turnAway} does. */
    int turnAway(int i, ClientKey client) {
        return handler.turnAway(queries[i], client, Protocol.UDP);
    }
}
