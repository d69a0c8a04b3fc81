package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.MessageReader;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;

/**
 * TTLs that the operator set in place of the agent's, in Consul's own terms. All are in seconds. Immutable.
 *
 * <p>They hold where the agent's settings of the same names would. A prepared query keeps the agent's TTL: it may have one of its own,
 * and which service it is of is not to be seen in an answer.
 *
 * @param serviceTtl by the service's name, as in Consul's {@code service_ttl}: an exact name, or a prefix before {@code *}, of which the longest
 *     counts; {@code *} alone is for all others. Matched against the name in lower case
 * @param nodeTtl for nodes, addresses, virtual addresses and name servers, as in Consul's {@code node_ttl}
 * @param negativeTtl how long it may be kept that there is nothing, where the agent's SOA record says 0; 0 leaves it so
 * @see <a href="https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file/dns">Consul: DNS parameters</a>
 */
public record TtlOverrides(Map<String, Integer> serviceTtl, OptionalInt nodeTtl, int negativeTtl) {
    /** The agent's TTLs, as they are. */
    public static final TtlOverrides NONE = new TtlOverrides(Map.of(), OptionalInt.empty(), 0);

    private static final int TYPE_NS = 2;
    private static final int TYPE_SOA = 6;
    private static final int TYPE_OPT = 41;

    /** Copies the map. */
    public TtlOverrides {
        serviceTtl = Map.copyOf(serviceTtl);
    }

    /** The agent's whole reply, with our TTLs in it where we have any. */
    byte[] applied(Question question, DomainName suffix, byte[] message) throws MalformedMessageException {
        OptionalInt ttl = of(question, suffix);
        byte[] replaced = message.clone();
        ByteBuffer out = ByteBuffer.wrap(replaced);
        MessageReader reader = new MessageReader(message);
        while (reader.next()) {
            if (reader.type() == TYPE_SOA) {
                replaceMinimum(reader, out);
            } else if (reader.type() != TYPE_OPT && ttl.isPresent()) {
                out.putInt(reader.ttlOffset(), ttl.getAsInt());
            }
        }
        return replaced;
    }

    /** The TTL of what is asked for, empty for the agent's. */
    private OptionalInt of(Question question, DomainName suffix) {
        if (question.type() == TYPE_NS || question.type() == TYPE_SOA) {
            return nodeTtl;
        }
        ConsulName name = ConsulName.of(question, suffix);
        return switch (name.kind()) {
            case NODE, ADDR, VIRTUAL -> nodeTtl;
            case SERVICE, CONNECT, INGRESS ->
                name.service().map(this::ofService).orElse(OptionalInt.empty());
            case QUERY, NONE -> OptionalInt.empty();
        };
    }

    private OptionalInt ofService(String service) {
        Integer exact = serviceTtl.get(service);
        for (int length = service.length(); exact == null && length >= 0; length--) {
            exact = serviceTtl.get(service.substring(0, length) + "*");
        }
        return exact == null ? OptionalInt.empty() : OptionalInt.of(exact);
    }

    /** A negative answer may be kept for the smaller of the SOA record's TTL and its last field (RFC 2308, section 5). */
    private void replaceMinimum(MessageReader reader, ByteBuffer out) {
        int minimum = reader.end() - 4;
        boolean negative = reader.section() == MessageReader.Section.AUTHORITY;
        if (negativeTtl > 0 && negative && Math.min(reader.ttl(), out.getInt(minimum)) <= 0) {
            out.putInt(reader.ttlOffset(), negativeTtl);
            out.putInt(minimum, negativeTtl);
        }
    }
}
