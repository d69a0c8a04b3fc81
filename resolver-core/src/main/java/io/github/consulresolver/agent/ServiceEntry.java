package io.github.consulresolver.agent;

import java.util.List;

/**
 * An instance of a service, as an agent lists it. Addresses that are not there are empty.
 *
 * @param node its node's name, in the case it was registered with
 * @param datacenter its node's datacenter
 * @param nodeMeta its node's meta data, each as {@code key=value}, in the order of the body
 * @param ofNode its node's addresses
 * @param ofService its own addresses; all empty when it has none but its node's
 * @param port 0 when it has none
 * @param tags as they were registered
 * @param status the worst of its own checks and its node's
 * @param passingWeight its SRV weight while everything passes
 * @param warningWeight its SRV weight while a check warns
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/health#list-service-instances-for-service">Consul: health of a service</a>
 */
public record ServiceEntry(
        String node,
        String datacenter,
        List<String> nodeMeta,
        Addresses ofNode,
        Addresses ofService,
        int port,
        List<String> tags,
        Status status,
        int passingWeight,
        int warningWeight) {

    /** How its checks are, from well to ill. */
    public enum Status {
        PASSING,
        WARNING,
        CRITICAL
    }

    /** An address as it was registered (an IP address or a host name), and those tagged {@code lan_ipv4} and {@code lan_ipv6}. */
    public record Addresses(String plain, String lanIpv4, String lanIpv6) {
        /** No address. */
        static final Addresses NONE = new Addresses("", "", "");

        Addresses withPlain(String address) {
            return new Addresses(address, lanIpv4, lanIpv6);
        }

        Addresses withLanIpv4(String address) {
            return new Addresses(plain, address, lanIpv6);
        }

        Addresses withLanIpv6(String address) {
            return new Addresses(plain, lanIpv4, address);
        }
    }
}
