package io.github.consulresolver.devagent;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * What a name under the Consul domain asks for.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static DNS lookups</a>
 */
sealed interface Lookup {
    /** A service, perhaps with a tag. */
    record OfService(String name, Optional<String> tag) implements Lookup {}

    /** A node by its name; one that is not here is of another datacenter, or of none. */
    record OfNode(String name, boolean here) implements Lookup {}

    /** An address that is spelled out in the name itself. */
    record OfAddress(InetAddress address) implements Lookup {}

    /**
     * A name that is not there: malformed, of another datacenter, or of a kind that a development agent has nothing of.
     */
    record OfNothing() implements Lookup {}

    Set<String> KINDS = Set.of("service", "node", "addr", "query", "connect", "ingress", "virtual");

    /** Reads a name that is within the domain. */
    static Lookup parse(Name name, int type, Settings settings) {
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < name.labels() - settings.domain().labels(); i++) {
            labels.add(name.getLabelString(i).toLowerCase(Locale.ROOT));
        }
        // The rightmost word that is a kind decides: so a service may be called "service".
        for (int i = labels.size() - 1; i >= 0; i--) {
            String label = labels.get(i);
            boolean kind = KINDS.contains(label);
            boolean service = !kind && type == Type.SRV && label.startsWith("_");
            if (kind || service) {
                List<String> before = labels.subList(0, service ? i + 1 : i);
                List<String> place = labels.subList(i + 1, labels.size());
                return parse(service ? "service" : label, before, place, settings);
            }
        }
        return new OfNothing();
    }

    private static Lookup parse(String kind, List<String> parts, List<String> place, Settings settings) {
        if (kind.equals("addr")) {
            return parts.size() == 1 ? address(parts.get(0)) : new OfNothing();
        }
        if (parts.isEmpty()) {
            return new OfNothing();
        }
        boolean here = isHere(place, settings);
        return switch (kind) {
            case "service" -> here ? service(parts) : new OfNothing();
            case "node" -> new OfNode(String.join(".", parts), here);
            default -> new OfNothing();
        };
    }

    private static Lookup service(List<String> parts) {
        int last = parts.size() - 1;
        if (parts.size() == 2 && parts.get(0).startsWith("_") && parts.get(1).startsWith("_")) {
            // RFC 2782, where Consul takes the protocol for a tag, unless it is tcp.
            String tag = parts.get(1).substring(1);
            return new OfService(parts.get(0).substring(1), Optional.of(tag).filter(t -> !t.equals("tcp")));
        }
        return new OfService(
                parts.get(last),
                Optional.of(String.join(".", parts.subList(0, last))).filter(tag -> last > 0));
    }

    private static boolean isHere(List<String> place, Settings settings) {
        return switch (place.size()) {
            case 0 -> true;
            case 1 -> place.get(0).equalsIgnoreCase(settings.datacenter());
            case 2 -> place.get(1).equals("dc") && place.get(0).equalsIgnoreCase(settings.datacenter());
            default -> false;
        };
    }

    private static Lookup address(String hex) {
        if (hex.length() != 8 && hex.length() != 32) {
            return new OfNothing();
        }
        try {
            return new OfAddress(InetAddress.getByAddress(HexFormat.of().parseHex(hex)));
        } catch (IllegalArgumentException | UnknownHostException notHex) {
            return new OfNothing();
        }
    }
}
