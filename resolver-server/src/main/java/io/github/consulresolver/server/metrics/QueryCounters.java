package io.github.consulresolver.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts queries by zone, protocol, type, response code and where the answer came from: {@code
 * consul_resolver_queries_total{zone,proto,type,rcode,source}}.
 *
 * <p>Types and codes are drawn from short lists, whatever clients send, so that there are only so many series. A series appears with
 * its first query; counting afterwards is one look into an array. Thread-safe.
 */
public final class QueryCounters {
    /** How a query came. */
    public enum Protocol {
        UDP,
        TCP
    }

    /** Where an answer came from. */
    public enum Source {
        /** The cache, by its TTL. */
        HIT,
        /** The cache, because it is known to be true. */
        COHERENT,
        /** The cache, past its time, because the upstream failed. */
        STALE,
        /** The memory of a failure: the upstream was not asked again so soon. */
        FAILURE,
        /** The upstream: asked for this query, or for an equal one at the same time. */
        MISS,
        /** What was there, because there was no place to ask for more: the cache, past its time, or else nothing (SERVFAIL). */
        SHED,
        /** Us: an error, in most cases. */
        LOCAL
    }

    /** For queries that were refused before their zone was looked for. */
    public static final int NO_ZONE = -1;

    private static final int OTHER_TYPE = 0;
    private static final String[] TYPES = new String[256];

    static {
        TYPES[OTHER_TYPE] = "other";
        TYPES[1] = "A";
        TYPES[2] = "NS";
        TYPES[5] = "CNAME";
        TYPES[6] = "SOA";
        TYPES[12] = "PTR";
        TYPES[15] = "MX";
        TYPES[16] = "TXT";
        TYPES[28] = "AAAA";
        TYPES[33] = "SRV";
        TYPES[43] = "DS";
        TYPES[64] = "SVCB";
        TYPES[65] = "HTTPS";
        TYPES[255] = "ANY";
    }

    private static final List<String> RCODES =
            List.of("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "other", "BADVERS");
    private static final int OTHER_RCODE = RCODES.indexOf("other");
    private static final int BADVERS_RCODE = RCODES.indexOf("BADVERS");
    private static final int BADVERS = 16;

    private static final int SOURCES = Source.values().length;
    private static final int PROTOCOLS = Protocol.values().length;

    private final MeterRegistry registry;
    /** For each zone its label and its series; the first is for no zone. Replaced as a whole. */
    private volatile List<ZoneSeries> zones = List.of(new ZoneSeries("none"));

    /** @param zones the labels of the zones, by their places */
    public QueryCounters(MeterRegistry registry, List<String> zones) {
        this.registry = registry;
        label(zones);
    }

    /** Makes room for zones that came later. Places that were there already keep their labels. */
    public synchronized void label(List<String> labels) {
        List<ZoneSeries> all = new ArrayList<>(zones);
        for (String label : labels.subList(Math.min(all.size() - 1, labels.size()), labels.size())) {
            all.add(new ZoneSeries(label));
        }
        zones = List.copyOf(all);
    }

    private record ZoneSeries(String label, AtomicReferenceArray<LongAdder> counters) {
        ZoneSeries(String label) {
            this(label, new AtomicReferenceArray<>(PROTOCOLS * TYPES.length * RCODES.size() * SOURCES));
        }
    }

    /**
     * Counts one query that was answered.
     *
     * @param zone its zone's place, or {@link #NO_ZONE}
     * @param type 0 to 65,535
     * @param rcode 0 to 4,095
     */
    @SuppressWarnings("EnumOrdinal") // Places in an array of this object, stored nowhere.
    public void count(int zone, Protocol protocol, int type, int rcode, Source source) {
        int knownType = type < TYPES.length && TYPES[type] != null ? type : OTHER_TYPE;
        int knownRcode = rcode < OTHER_RCODE ? rcode : rcode == BADVERS ? BADVERS_RCODE : OTHER_RCODE;
        int series = (protocol.ordinal() * TYPES.length + knownType) * RCODES.size() + knownRcode;
        series = series * SOURCES + source.ordinal();
        ZoneSeries ofZone = zones.get(zone + 1);
        LongAdder counter = ofZone.counters().get(series);
        if (counter == null) {
            counter = register(series, ofZone, protocol, TYPES[knownType], RCODES.get(knownRcode), source);
        }
        counter.increment();
    }

    private synchronized LongAdder register(
            int series, ZoneSeries zone, Protocol protocol, String type, String rcode, Source source) {
        LongAdder counter = zone.counters().get(series);
        if (counter == null) {
            counter = new LongAdder();
            FunctionCounter.builder("consul.resolver.queries", counter, LongAdder::sum)
                    .description("Queries answered, by where the answer came from")
                    .tag("zone", zone.label())
                    .tag("proto", lowerCase(protocol))
                    .tag("type", type)
                    .tag("rcode", rcode)
                    .tag("source", lowerCase(source))
                    .register(registry);
            zone.counters().set(series, counter);
        }
        return counter;
    }

    private static String lowerCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
