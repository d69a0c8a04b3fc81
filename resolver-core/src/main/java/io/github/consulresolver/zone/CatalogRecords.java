package io.github.consulresolver.zone;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * The records an agent makes of instances.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static lookups</a>
 */
final class CatalogRecords {
    private static final int PRIORITY = 1;

    /** A section has room for 65,535 records, and in the additional section stand the addresses of host names, too. */
    private static final int MOST_INSTANCES = 60_000;

    /** Of what is called so, an agent tells the value alone; of all else, name and value (RFC 1464). */
    private static final String VALUE_ALONE = "rfc1035-";

    /** A string of a TXT record has one byte for its length. */
    private static final int LONGEST_TEXT = 255;

    private final int type;
    private final List<CatalogInstance> instances;

    /** @param type SRV, A, AAAA or ANY; of nodes TXT, too */
    CatalogRecords(int type, List<CatalogInstance> instances) {
        this.type = type;
        this.instances = instances;
    }

    /**
     * The reply {@code partial} with these for its records, and without TC. It may be larger than 64 KiB.
     *
     * @param domain where the agent names nodes and addresses
     * @return empty when something the agent said is not among them, when one cannot be told in DNS, or when there are more than 60,000
     */
    Optional<byte[]> inPlaceOfAnswers(Message partial, DomainName domain) {
        List<Record> said = partial.getSection(Section.ANSWER);
        if (said.isEmpty() || instances.size() > MOST_INSTANCES) {
            return Optional.empty();
        }
        Message whole = new Message(partial.getHeader().getID());
        for (int flag : new int[] {Flags.QR, Flags.AA, Flags.RD, Flags.RA}) {
            if (partial.getHeader().getFlag(flag)) {
                whole.getHeader().setFlag(flag);
            }
        }
        Record question = partial.getQuestion();
        whole.addRecord(question, Section.QUESTION);
        try {
            if (type == Type.SRV) {
                addServices(whole, question.getName(), said.get(0).getTTL(), domain);
                addOtherGlue(whole, partial);
            } else {
                addAddresses(whole, question.getName(), said.get(0).getTTL());
            }
        } catch (TextParseException noName) {
            return Optional.empty();
        }
        boolean hasAll = what(whole.getSection(Section.ANSWER)).containsAll(what(said));
        return hasAll ? Optional.of(whole.toWire()) : Optional.empty();
    }

    /**
     * What the agent would say to {@code question}; with TTL 0, and only what comes from the instances. It may be larger than 64 KiB.
     *
     * @param domain where the agent names nodes and addresses
     * @return empty when that cannot be told: some have host names, of which others know the addresses; two of one place have different
     *     weights; or there are more than 60,000
     */
    Optional<byte[]> message(Question question, DomainName domain) {
        if (instances.size() > MOST_INSTANCES
                || instances.stream().anyMatch(CatalogRecords::hasHostName)
                || isAmbiguous()) {
            return Optional.empty();
        }
        Message whole = new Message(0);
        whole.getHeader().setFlag(Flags.QR);
        whole.getHeader().setRcode(instances.isEmpty() ? Rcode.NXDOMAIN : Rcode.NOERROR);
        try {
            Name owner = Name.fromString(question.name(), Name.root);
            whole.addRecord(Record.newRecord(owner, type, DClass.IN), Section.QUESTION);
            if (type == Type.SRV) {
                addServices(whole, owner, 0, domain);
            } else {
                addAddresses(whole, owner, 0);
            }
        } catch (TextParseException noName) {
            return Optional.empty();
        }
        return Optional.of(whole.toWire());
    }

    /**
     * What the agent would say to {@code question} about a node, which is the only instance; with TTL 0, and without what it adds beside the
     * answer.
     *
     * @return empty when that cannot be told: its address is a host name, or DNS has no room for what it is called
     */
    Optional<byte[]> ofNode(Question question) {
        if (type != Type.TXT && instances.stream().anyMatch(CatalogRecords::hasHostName)) {
            return Optional.empty();
        }
        Message whole = new Message(0);
        whole.getHeader().setFlag(Flags.QR);
        whole.getHeader().setRcode(instances.isEmpty() ? Rcode.NXDOMAIN : Rcode.NOERROR);
        try {
            Name owner = Name.fromString(question.name(), Name.root);
            whole.addRecord(Record.newRecord(owner, type, DClass.IN), Section.QUESTION);
            if (type != Type.TXT) {
                addAddresses(whole, owner, 0);
            }
            if (type == Type.TXT || type == Type.ANY) {
                addMeta(whole, owner);
            }
        } catch (TextParseException tooLong) {
            return Optional.empty();
        }
        return Optional.of(whole.toWire());
    }

    private void addMeta(Message whole, Name owner) throws TextParseException {
        for (CatalogInstance instance : instances) {
            for (String meta : instance.nodeMeta()) {
                whole.addRecord(Record.newRecord(owner, Type.TXT, DClass.IN, 0, text(meta)), Section.ANSWER);
            }
        }
    }

    /** A TXT record's data. An agent writes unusual characters otherwise: such answers are not the same, and live by their TTL. */
    private static byte[] text(String meta) throws TextParseException {
        boolean valueAlone = meta.regionMatches(true, 0, VALUE_ALONE, 0, VALUE_ALONE.length());
        byte[] text = (valueAlone ? meta.substring(meta.indexOf('=') + 1) : meta).getBytes(UTF_8);
        if (text.length > LONGEST_TEXT) {
            throw new TextParseException("a text of " + text.length + " bytes");
        }
        return ByteBuffer.allocate(1 + text.length)
                .put((byte) text.length)
                .put(text)
                .array();
    }

    private static boolean hasHostName(CatalogInstance instance) {
        CatalogInstance.Addresses all = instance.addresses();
        return Stream.of(all.ofAnyFamily(), all.ofIpv4(), all.ofIpv6()).anyMatch(text -> address(text) == null);
    }

    /** The agent takes one of those that are in the same place, and who knows which. */
    private boolean isAmbiguous() {
        Map<Place, Integer> weights = new HashMap<>();
        return type == Type.SRV
                && instances.stream().anyMatch(instance -> {
                    Integer other = weights.putIfAbsent(place(instance), instance.weight());
                    return other != null && other != instance.weight();
                });
    }

    private static Place place(CatalogInstance instance) {
        return new Place(instance.node(), instance.addresses().ofAnyFamily(), instance.port());
    }

    private record Endpoint(Name target, int port) {}

    /** What must not get lost: weights may have changed meanwhile. */
    private static Set<Object> what(List<Record> records) {
        return records.stream()
                .map(record -> record instanceof SRVRecord srv
                        ? new Endpoint(srv.getTarget(), srv.getPort())
                        : List.of(record.getType(), record.rdataToString()))
                .collect(Collectors.toSet());
    }

    /** An agent gives one record for each of these. */
    private record Place(String node, String address, int port) {}

    private void addServices(Message whole, Name owner, long ttl, DomainName domain) throws TextParseException {
        Set<Place> places = new HashSet<>();
        Set<Record> glue = new LinkedHashSet<>();
        for (CatalogInstance instance : instances) {
            String text = instance.addresses().ofAnyFamily();
            if (!places.add(place(instance))) {
                continue;
            }
            InetAddress address = address(text);
            Name target = address == null ? name(text) : target(instance, address, domain);
            whole.addRecord(
                    new SRVRecord(owner, DClass.IN, ttl, PRIORITY, instance.weight(), instance.port(), target),
                    Section.ANSWER);
            if (address != null) {
                glue.add(record(target, ttl, address));
            }
        }
        glue.forEach(record -> whole.addRecord(record, Section.ADDITIONAL));
    }

    private static Name target(CatalogInstance instance, InetAddress address, DomainName domain)
            throws TextParseException {
        String label = instance.hasOwnAddress() ? hex(address) + ".addr." : instance.node() + ".node.";
        return name(label + instance.datacenter() + "." + domain);
    }

    private static String hex(InetAddress address) {
        StringBuilder hex = new StringBuilder();
        for (byte b : address.getAddress()) {
            hex.append(String.format(Locale.ROOT, "%02x", b & 0xff));
        }
        return hex.toString();
    }

    /** Keeps the addresses the agent knows for host names. */
    private static void addOtherGlue(Message whole, Message partial) {
        Set<Name> made = whole.getSection(Section.ADDITIONAL).stream()
                .map(Record::getName)
                .collect(Collectors.toSet());
        for (Record record : partial.getSection(Section.ADDITIONAL)) {
            boolean glue =
                    record.getType() == Type.A || record.getType() == Type.AAAA || record.getType() == Type.CNAME;
            if (glue && !made.contains(record.getName())) {
                whole.addRecord(record, Section.ADDITIONAL);
            }
        }
    }

    private void addAddresses(Message whole, Name owner, long ttl) {
        Set<InetAddress> seen = new LinkedHashSet<>();
        for (CatalogInstance instance : instances) {
            CatalogInstance.Addresses addresses = instance.addresses();
            InetAddress address = address(
                    switch (type) {
                        case Type.A -> addresses.ofIpv4();
                        case Type.AAAA -> addresses.ofIpv6();
                        default -> addresses.ofAnyFamily();
                    });
            // An instance that has a host name is left out beside others that have an address.
            if (address != null) {
                seen.add(address);
            }
        }
        for (InetAddress address : seen) {
            Record record = record(owner, ttl, address);
            if (type == Type.ANY || type == record.getType()) {
                whole.addRecord(record, Section.ANSWER);
            }
        }
    }

    private static Record record(Name owner, long ttl, InetAddress address) {
        return address instanceof Inet4Address
                ? new ARecord(owner, DClass.IN, ttl, address)
                : new AAAARecord(owner, DClass.IN, ttl, address);
    }

    private static Name name(String text) throws TextParseException {
        if (text.isEmpty()) {
            throw new TextParseException("neither service nor node has an address");
        }
        return Name.fromString(text, Name.root);
    }

    /** The address that {@code text} is, or null: it may be a host name. */
    private static @Nullable InetAddress address(String text) {
        byte @Nullable [] bytes = Address.toByteArray(text, Address.IPv4);
        if (bytes == null) {
            bytes = Address.toByteArray(text, Address.IPv6);
        }
        try {
            // An IPv4 address that is written as an IPv6 one becomes one again, as in Go.
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", impossible);
        }
    }
}
