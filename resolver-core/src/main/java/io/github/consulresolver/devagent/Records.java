package io.github.consulresolver.devagent;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Address;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;

/** Makes the records that Consul makes of its catalogue. */
final class Records {
    private static final int TXT_STRING = 255;

    private final Settings settings;

    Records(Settings settings) {
        this.settings = settings;
    }

    /** A, AAAA, or for a host name CNAME; empty for what is no name either. */
    static Optional<Record> address(Name owner, String address, long ttl) {
        Optional<InetAddress> literal = literal(address);
        if (literal.isPresent()) {
            return Optional.of(address(owner, literal.get(), ttl));
        }
        return name(address).map(target -> new CNAMERecord(owner, DClass.IN, ttl, target));
    }

    static Record address(Name owner, InetAddress address, long ttl) {
        return address instanceof Inet4Address
                ? new ARecord(owner, DClass.IN, ttl, address)
                : new AAAARecord(owner, DClass.IN, ttl, address);
    }

    /** The name that stands for an instance in an SRV record. */
    Optional<Name> target(Entry entry) {
        String own = entry.instance().address();
        if (own.isEmpty() && literal(entry.node().address()).isPresent()) {
            return node(entry.node().name());
        }
        Optional<InetAddress> literal = literal(own);
        if (literal.isPresent()) {
            return local(HexFormat.of().formatHex(literal.get().getAddress()) + ".addr." + settings.datacenter());
        }
        return name(entry.address());
    }

    Optional<Name> node(String node) {
        return local(node + ".node." + settings.datacenter());
    }

    Optional<Name> service(String service) {
        return local(service + ".service." + settings.datacenter());
    }

    /** The metadata of a node as text, by RFC 1464 as Consul reads it. */
    static List<Record> meta(Name owner, Map<String, String> meta, long ttl) {
        List<Record> records = new ArrayList<>();
        meta.forEach((key, value) -> {
            boolean bare = key.toLowerCase(Locale.ROOT).startsWith("rfc1035-");
            String text = bare ? value : quoted(key) + "=" + value;
            records.add(new TXTRecord(owner, DClass.IN, ttl, strings(text)));
        });
        return records;
    }

    SOARecord soa() {
        Name domain = settings.domain();
        return new SOARecord(
                domain,
                DClass.IN,
                0,
                local("ns").orElse(domain),
                local("hostmaster").orElse(domain),
                Instant.now().getEpochSecond(),
                3600,
                600,
                86_400,
                0);
    }

    /** A name server that is this node; none if its name is not fit to be one. */
    Optional<Record> ns() {
        String server = settings.nodeName().toLowerCase(Locale.ROOT);
        if (!server.matches("[a-z0-9-]+")) {
            return Optional.empty();
        }
        return node(server).map(target -> new NSRecord(settings.domain(), DClass.IN, settings.nodeSeconds(), target));
    }

    static Optional<InetAddress> literal(String address) {
        byte[] bytes = Address.toByteArray(address, Address.IPv4);
        if (bytes == null) {
            bytes = Address.toByteArray(address, Address.IPv6);
        }
        try {
            return bytes == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException notAnAddress) {
            return Optional.empty();
        }
    }

    private static Optional<Name> name(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Name.fromString(text, Name.root));
        } catch (TextParseException notAName) {
            return Optional.empty();
        }
    }

    private Optional<Name> local(String text) {
        try {
            return Optional.of(Name.fromString(text, settings.domain()));
        } catch (TextParseException notAName) {
            return Optional.empty();
        }
    }

    private static String quoted(String key) {
        String quoted = key.replace("`", "``").replace("=", "`=");
        if (quoted.startsWith(" ")) {
            quoted = "`" + quoted;
        }
        return quoted.endsWith(" ") ? quoted.substring(0, quoted.length() - 1) + "` " : quoted;
    }

    /**
     * In pieces that fit into the strings of a TXT record, with what is not printable as dnsjava reads it,
     * {@code \\ddd}.
     */
    private static List<String> strings(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<String> strings = new ArrayList<>();
        for (int start = 0; start == 0 || start < bytes.length; start += TXT_STRING) {
            StringBuilder string = new StringBuilder();
            for (int i = start; i < Math.min(bytes.length, start + TXT_STRING); i++) {
                boolean plain = bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '\\';
                string.append(plain ? String.valueOf((char) bytes[i]) : "\\%03d".formatted(bytes[i] & 0xff));
            }
            strings.add(string.toString());
        }
        return strings;
    }
}
