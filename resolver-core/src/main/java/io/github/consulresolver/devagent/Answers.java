package io.github.consulresolver.devagent;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Type;

/** Answers questions from the catalogue, whole and in random order. */
final class Answers {
    private static final Name ARPA = Name.fromConstantString("arpa.");
    private static final int DEEPEST_ALIAS = 3;

    private final Settings settings;
    private final Catalog catalog;
    private final Records records;

    Answers(Settings settings, Catalog catalog) {
        this.settings = settings;
        this.catalog = catalog;
        this.records = new Records(settings);
    }

    /** Whether this agent speaks for the name; it refuses all others. */
    boolean covers(Name name) {
        return name.subdomain(settings.domain()) || name.subdomain(ARPA);
    }

    Sections answer(Name name, int type) {
        if (!name.subdomain(settings.domain())) {
            Sections found = reverse(name);
            return type == Type.SOA ? found.withAuthority(records.soa()) : found;
        }
        return switch (type) {
            case Type.AXFR -> Sections.failure(Rcode.NOTIMP);
            case Type.SOA -> soa();
            case Type.NS -> new Sections(Rcode.NOERROR, servers(), List.of(), glueOfServers());
            default -> answer(name, type, 0);
        };
    }

    private Sections answer(Name name, int type, int depth) {
        Lookup lookup = Lookup.parse(name, type, settings);
        if (lookup instanceof Lookup.OfService service) {
            return service(name, type, service, depth);
        }
        if (lookup instanceof Lookup.OfNode node) {
            return node(name, type, node, depth);
        }
        if (lookup instanceof Lookup.OfAddress address) {
            return address(name, type, address.address());
        }
        return absent();
    }

    private Sections service(Name owner, int type, Lookup.OfService asked, int depth) {
        List<Entry> entries = new ArrayList<>(catalog.instancesOf(asked.name()).stream()
                .filter(entry -> asked.tag().map(entry.instance()::hasTag).orElse(true))
                .filter(entry -> entry.health() != Health.CRITICAL)
                .toList());
        if (entries.isEmpty()) {
            return absent();
        }
        Collections.shuffle(entries);
        long ttl = settings.serviceSeconds(asked.name());
        if (type == Type.SRV) {
            return srv(owner, entries, ttl, depth);
        }
        List<Record> all = entries.stream()
                .flatMap(entry -> Records.address(owner, entry.address(), ttl).stream())
                .distinct()
                .toList();
        List<Record> answer = all.stream()
                .filter(record -> isAddress(record) && fits(record, type))
                .toList();
        if (answer.isEmpty()) {
            // An alias excludes other records (RFC 1034, 3.6.2), so one has to do.
            answer = all.stream()
                    .filter(record -> record.getType() == Type.CNAME)
                    .limit(1)
                    .flatMap(alias -> Stream.concat(Stream.of(alias), chase(alias, depth)))
                    .toList();
        }
        return answer.isEmpty() ? Sections.negative(Rcode.NOERROR, records.soa()) : Sections.found(answer, List.of());
    }

    private Sections srv(Name owner, List<Entry> entries, long ttl, int depth) {
        List<Record> answer = new ArrayList<>();
        List<Record> additional = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Entry entry : entries) {
            Instance instance = entry.instance();
            Optional<Name> target = records.target(entry);
            if (target.isEmpty() || !seen.add(entry.node().name() + ' ' + instance.address() + ' ' + instance.port())) {
                continue;
            }
            int weight = instance.weights().at(entry.health());
            answer.add(new SrvWithTarget(owner, ttl, 1, weight, instance.port(), target.get()));
            Records.literal(entry.address())
                    .map(address -> Stream.of(Records.address(target.get(), address, ttl)))
                    .orElseGet(() -> within(target.get(), depth))
                    .forEach(additional::add);
            records.node(entry.node().name())
                    .ifPresent(node ->
                            additional.addAll(Records.meta(node, entry.node().meta(), ttl)));
        }
        return answer.isEmpty() ? Sections.negative(Rcode.NOERROR, records.soa()) : Sections.found(answer, additional);
    }

    private Sections node(Name owner, int type, Lookup.OfNode asked, int depth) {
        if (type != Type.A && type != Type.AAAA && type != Type.TXT && type != Type.ANY) {
            // Consul does not look here, so nodes that are not there have no NXDOMAIN either.
            return Sections.found(List.of(), List.of());
        }
        Optional<Node> found = asked.here() ? catalog.node(asked.name()) : Optional.empty();
        if (found.isEmpty()) {
            return absent();
        }
        long ttl = settings.nodeSeconds();
        List<Record> meta = Records.meta(owner, found.get().meta(), ttl);
        if (type == Type.TXT) {
            return Sections.found(meta, List.of());
        }
        List<Record> answer = Records.address(owner, found.get().address(), ttl).stream()
                .filter(record -> !isAddress(record) || fits(record, type))
                .flatMap(record -> Stream.concat(Stream.of(record), chase(record, depth)))
                .toList();
        return type == Type.ANY
                ? Sections.found(Stream.concat(answer.stream(), meta.stream()).toList(), List.of())
                : Sections.found(answer, meta);
    }

    private Sections address(Name asked, int type, InetAddress address) {
        Record record = Records.address(lowerCase(asked), address, settings.nodeSeconds());
        boolean fits = record.getType() == type || type == Type.ANY;
        return fits ? Sections.found(List.of(record), List.of()) : Sections.found(List.of(), List.of(record));
    }

    private Sections soa() {
        return new Sections(Rcode.NOERROR, List.of(records.soa()), servers(), glueOfServers());
    }

    private List<Record> servers() {
        return records.ns().stream().toList();
    }

    private List<Record> glueOfServers() {
        return servers().isEmpty()
                ? List.of()
                : records.node(settings.nodeName()).stream()
                        .flatMap(server -> within(lowerCase(server), 0))
                        .toList();
    }

    private Sections reverse(Name name) {
        InetAddress address;
        try {
            address = ReverseMap.fromName(name);
        } catch (UnknownHostException notReverse) {
            return absent();
        }
        for (Node node : catalog.nodes()) {
            if (Records.literal(node.address()).filter(address::equals).isPresent()) {
                return pointer(name, records.node(node.name()));
            }
        }
        for (String service : catalog.services().keySet()) {
            for (Entry entry : catalog.instancesOf(service)) {
                if (Records.literal(entry.instance().address())
                        .filter(address::equals)
                        .isPresent()) {
                    return pointer(name, records.service(entry.instance().service()));
                }
            }
        }
        return absent();
    }

    private Sections pointer(Name owner, Optional<Name> target) {
        return target.map(name -> Sections.found(List.<Record>of(new PTRRecord(owner, DClass.IN, 0, name)), List.of()))
                .orElseGet(this::absent);
    }

    private Stream<Record> chase(Record record, int depth) {
        return record instanceof CNAMERecord alias ? within(alias.getTarget(), depth) : Stream.of();
    }

    /** The addresses of a name of our own; of others nothing, as from an agent that has no recursors. */
    private Stream<Record> within(Name name, int depth) {
        if (depth >= DEEPEST_ALIAS || !name.subdomain(settings.domain())) {
            return Stream.of();
        }
        return answer(name, Type.ANY, depth + 1).answer().stream()
                .filter(record -> isAddress(record) || record.getType() == Type.CNAME);
    }

    private Sections absent() {
        return Sections.negative(Rcode.NXDOMAIN, records.soa());
    }

    private static boolean isAddress(Record record) {
        return record.getType() == Type.A || record.getType() == Type.AAAA;
    }

    /** Consul knows no TXT records of a service, and gives its addresses instead. */
    private static boolean fits(Record record, int type) {
        return record.getType() == type || type == Type.ANY || type == Type.TXT;
    }

    private static Name lowerCase(Name name) {
        return Name.fromConstantString(name.toString().toLowerCase(Locale.ROOT));
    }
}
