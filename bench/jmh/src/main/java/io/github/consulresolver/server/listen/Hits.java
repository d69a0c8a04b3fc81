package io.github.consulresolver.server.listen;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Header;
import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.server.metrics.QueryCounters;
import io.github.consulresolver.server.reply.ReplyLimits;
import io.github.consulresolver.server.reply.ReplyWriter;
import io.github.consulresolver.upstream.LoopMark;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.zone.Resolver;
import io.github.consulresolver.zone.Zone;
import io.github.consulresolver.zone.Zones;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** A server's rooms without its sockets, a cache of services that all have the same size, and queries for them. */
final class Hits {
    private static final int SERVICES = 200;

    /** Where the number stands in the name, which begins with a length and "bench-". */
    private static final int FIRST_DIGIT = Header.LENGTH + 7;

    private static final int DIGITS = 7;
    private static final long TTL = 3600;

    private final AnswerCache cache = new AnswerCache(1L << 30, 1 << 20);
    private final QueryHandler handler;
    private final ByteBuffer[] queries;
    private int next;

    /**
     * @param type of the questions, {@link Type#A} or {@link Type#SRV}
     * @param instances of each service
     * @param ednsSize what the clients advertise; 0 for no EDNS
     */
    Hits(int type, int instances, int ednsSize) {
        this(type, instances, ednsSize, SERVICES);
    }

    /** The same with {@code services} of them. */
    Hits(int type, int instances, int ednsSize, int services) {
        Upstream nobody = question -> new CompletableFuture<>();
        Zones zones = new Zones(List.of(
                Zone.consul(DomainName.of("consul"), nobody), Zone.recursive(DomainName.ROOT, nobody, (int) TTL)));
        Resolver resolver = new Resolver(zones, cache, System::nanoTime, (delay, task) -> () -> {});
        QueryCounters counters = new QueryCounters(
                new SimpleMeterRegistry(),
                zones.all().stream().map(Zone::toString).toList());
        handler = new QueryHandler(
                cache, resolver, writer(), counters, System::nanoTime, Runnable::run, new LoopGuard(LoopMark.random()));
        ByteBuffer[] all = new ByteBuffer[Math.min(services, SERVICES)];
        for (int number = 0; number < services; number++) {
            ByteBuffer query = service(number, type, instances, ednsSize);
            if (number < all.length) {
                all[number] = query;
            }
        }
        queries = all;
        handler.tick();
    }

    static ReplyWriter writer() {
        ReplyLimits limits = new ReplyLimits(3, 0, true);
        return new ReplyWriter(() -> limits, 1232, Duration.ofSeconds(10), new SplittableRandom(1));
    }

    AnswerCache cache() {
        return cache;
    }

    QueryHandler handler() {
        return handler;
    }

    /** The next query, round and round. */
    ByteBuffer query() {
        next = next + 1 == queries.length ? 0 : next + 1;
        return queries[next];
    }

    /** A query of one's own, to be changed by {@link #ask}. */
    ByteBuffer queryForAny() {
        ByteBuffer query = query();
        return ByteBuffer.allocateDirect(query.limit()).put(query.duplicate()).flip();
    }

    /** Makes {@code query} one for the service with that number. */
    static void ask(ByteBuffer query, int number) {
        int rest = number;
        for (int at = FIRST_DIGIT + DIGITS - 1; at >= FIRST_DIGIT; at--) {
            query.put(at, (byte) ('0' + rest % 10));
            rest /= 10;
        }
    }

    private ByteBuffer service(int number, int type, int instances, int ednsSize) {
        try {
            String name = String.format("bench-%07d.service.consul.", number);
            Question question = Question.of(name, type);
            Message reply = reply(Name.fromString(name), number, type, instances);
            InstanceSet set = InstanceSet.of(reply.toWire(0xffff), false);
            cache.put(question, new CachedAnswer(set, 0, System.nanoTime()));
            return query(name, type, ednsSize);
        } catch (MalformedMessageException | TextParseException | UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Message reply(Name name, int number, int type, int instances)
            throws TextParseException, UnknownHostException {
        Message reply = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.AA);
        for (int i = 0; i < instances; i++) {
            InetAddress address = InetAddress.getByAddress(new byte[] {10, (byte) number, (byte) (i >> 8), (byte) i});
            if (type == Type.SRV) {
                Name target = Name.fromString(String.format("0a%02x%04x.addr.dc1.consul.", number, i));
                reply.addRecord(new SRVRecord(name, DClass.IN, TTL, 1, 1, 8000 + i, target), Section.ANSWER);
                reply.addRecord(new ARecord(target, DClass.IN, TTL, address), Section.ADDITIONAL);
            } else {
                reply.addRecord(new ARecord(name, DClass.IN, TTL, address), Section.ANSWER);
            }
        }
        return reply;
    }

    private static ByteBuffer query(String name, int type, int ednsSize) throws TextParseException {
        Message query = Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
        if (ednsSize > 0) {
            query.addRecord(new OPTRecord(ednsSize, 0, 0), Section.ADDITIONAL);
        }
        byte[] wire = query.toWire();
        // Direct, as what comes from a socket.
        return ByteBuffer.allocateDirect(wire.length).put(wire).flip();
    }
}
