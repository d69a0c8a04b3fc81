package io.github.consulresolver.zone;

import java.util.List;

/**
 * An instance of a service in the catalog.
 *
 * @param node its node's name, in the case it was registered with
 * @param datacenter its node's datacenter
 * @param ofNode its node's addresses
 * @param ofService its own addresses; all empty when it has none but its node's
 * @param port 0 to 65,535
 * @param weight for SRV records, 0 to 65,535
 * @param tags as they were registered
 * @param nodeMeta its node's meta data, each as {@code key=value}
 */
public record CatalogInstance(
        String node,
        String datacenter,
        Addresses ofNode,
        Addresses ofService,
        int port,
        int weight,
        List<String> tags,
        List<String> nodeMeta) {

    /** One of which nobody asks more. */
    CatalogInstance(String node, String datacenter, Addresses ofNode, Addresses ofService, int port, int weight) {
        this(node, datacenter, ofNode, ofService, port, weight, List.of(), List.of());
    }

    /**
     * An address as it was registered (an IP address or a host name), and those tagged {@code lan_ipv4} and {@code lan_ipv6}. Empty where
     * there is none.
     */
    public record Addresses(String plain, String lanIpv4, String lanIpv6) {
        /** The one an agent takes where either family will do. */
        String ofAnyFamily() {
            return first(lanIpv6, lanIpv4);
        }

        String ofIpv4() {
            return first(lanIpv4, "");
        }

        String ofIpv6() {
            return first(lanIpv6, "");
        }

        private String first(String one, String other) {
            return !one.isEmpty() ? one : !other.isEmpty() ? other : plain;
        }
    }

    /** Its own addresses, else its node's. They are never mixed: one family of the service's, the other of the node's. */
    Addresses addresses() {
        return hasOwnAddress() ? ofService : ofNode;
    }

    /** Whether it has this tag, in any case. */
    boolean hasTag(String tag) {
        return tags.stream().anyMatch(tag::equalsIgnoreCase);
    }

    boolean hasOwnAddress() {
        return !ofService.ofAnyFamily().isEmpty();
    }
}
