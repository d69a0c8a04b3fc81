package io.github.consulresolver.discovery;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which instances are wanted: those of a service, of one of its tags, in a datacenter; or those that a prepared query finds. A name that exists
 * is one that DNS and Consul can carry; whether Consul knows such a service is another matter.
 *
 * <pre>{@code
 * ServiceName.of("orders");                              // orders.service.consul.
 * ServiceName.of("db").tag("primary").datacenter("dc2"); // primary.db.service.dc2.consul.
 * ServiceName.query("nearest-orders");                   // nearest-orders.query.consul.
 * ServiceName.parse("db.service.dc2.consul");            // as ServiceName.of("db").datacenter("dc2")
 * }</pre>
 *
 * <p>It is always absolute: no search list of the machine is ever tried. Case does not count: Consul looks names up in lower case, and so they
 * are kept.
 *
 * <p>Immutable. Two are equal when they ask for the same in the same form.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static DNS lookups</a>
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-dynamic-lookups">Consul: dynamic DNS lookups</a>
 */
public final class ServiceName {
    /** What stands for "no tag" in the form of RFC 2782. */
    static final String TCP = "tcp";

    private static final String DEFAULT_DOMAIN = "consul";

    private final NameKind kind;
    private final String service;
    private final @Nullable String tag;
    private final @Nullable String datacenter;
    private final @Nullable String peer;
    private final boolean rfc2782;
    private final int hash;

    private ServiceName(
            NameKind kind,
            String service,
            @Nullable String tag,
            @Nullable String datacenter,
            @Nullable String peer,
            boolean rfc2782) {
        this.kind = kind;
        this.service = service;
        this.tag = tag;
        this.datacenter = datacenter;
        this.peer = peer;
        this.rfc2782 = rfc2782;
        hash = Objects.hash(kind, service, tag, datacenter, peer, rfc2782);
        if (tag != null && !kind.hasTags()) {
            throw new IllegalArgumentException("tag \"" + tag + "\" of \"" + service + "\": Consul's DNS finds a "
                    + kind.label() + " by no tag, only a service");
        }
        if (datacenter != null && peer != null) {
            throw new IllegalArgumentException(
                    "datacenter \"" + datacenter + "\" and peer \"" + peer + "\": Consul takes one or the other");
        }
        if (peer != null && !kind.hasPeers()) {
            throw new IllegalArgumentException("peer \"" + peer + "\" of \"" + service
                    + "\": Consul's DNS finds services of a peer, no " + kind.label());
        }
        if (datacenter != null && kind == NameKind.FQDN) {
            throw new IllegalArgumentException(
                    "datacenter \"" + datacenter + "\" of \"" + service + "\": a full name is asked for as it is");
        }
        checkUnderscores();
    }

    private void checkUnderscores() {
        if (rfc2782 && kind != NameKind.SERVICE) {
            throw new IllegalArgumentException(
                    "\"" + service + "\": Consul knows services by the form of RFC 2782, no " + kind.label());
        }
        if (rfc2782 && tag != null && (tag.equals(TCP) || tag.indexOf('.') >= 0)) {
            throw new IllegalArgumentException("tag \"" + tag + "\" of service \"" + service
                    + "\": the form of RFC 2782 has one label for it, where \"" + TCP + "\" means none");
        }
        if (rfc2782) {
            Labels.checkLength("service", service, "_" + service);
            Labels.checkLength("tag", protocol(), "_" + protocol());
        } else if (kind == NameKind.SERVICE && tag != null && looksLikeRfc2782(List.of(tag, service))) {
            throw new IllegalArgumentException("tag \"" + tag + "\" of service \"" + service
                    + "\": Consul reads two labels that begin with '_' as an RFC 2782 name");
        } else if (kind == NameKind.QUERY && looksLikeRfc2782(List.of(service.split("\\.")))) {
            throw new IllegalArgumentException(
                    "query \"" + service + "\": Consul reads two labels that begin with '_' as an RFC 2782 name");
        }
    }

    /**
     * All instances of a service, in the agent's datacenter.
     *
     * @param service the name that it is registered with, without a domain: {@code "orders"}
     * @return the name
     * @throws IllegalArgumentException when it is empty, longer than 63 bytes, or contains a dot or another character that DNS or Consul
     *     cannot carry; the message says which
     */
    public static ServiceName of(String service) {
        return of(NameKind.SERVICE, Labels.one("service", service));
    }

    /**
     * The instances through which a service is reached in Consul's service mesh: its sidecar proxies, or itself where it speaks mTLS.
     *
     * @param service the name of the service, not of the proxy
     * @return the name
     * @throws IllegalArgumentException as {@link #of} does
     */
    public static ServiceName connect(String service) {
        return of(NameKind.CONNECT, Labels.one("service", service));
    }

    /**
     * The ingress gateways that lead to a service in Consul's service mesh.
     *
     * @param service the name of the service, not of the gateway
     * @return the name
     * @throws IllegalArgumentException as {@link #of} does
     */
    public static ServiceName ingress(String service) {
        return of(NameKind.INGRESS, Labels.one("service", service));
    }

    /**
     * The instances that a prepared query finds, be it in another datacenter.
     *
     * @param query its name, which may contain dots, or its id
     * @return the name
     * @throws IllegalArgumentException when DNS or Consul cannot carry it; the message says why
     */
    public static ServiceName query(String query) {
        return of(NameKind.QUERY, Labels.several("query", query));
    }

    /**
     * The targets of the SRV records of any name, of Consul or not, which is asked for as it is.
     *
     * @param name a full domain name, with or without its last dot: {@code "_ldap._tcp.example.org"}
     * @return a name that is the same in every domain
     * @throws IllegalArgumentException when it is the root, or DNS cannot carry it; the message says why
     */
    public static ServiceName fqdn(String name) {
        String labels = Labels.several("name", Labels.withoutLastDot(Objects.requireNonNull(name, "name")));
        Labels.checkWhole(labels);
        return of(NameKind.FQDN, labels);
    }

    /**
     * Reads a DNS name of Consul's, below the domain {@code consul}.
     *
     * @param dnsName as {@link #parse(String, String)} takes it
     * @return what it asks for
     * @throws IllegalArgumentException as {@link #parse(String, String)} does
     */
    public static ServiceName parse(String dnsName) {
        return parse(dnsName, DEFAULT_DOMAIN);
    }

    /**
     * Reads a DNS name of Consul's, as Consul does: {@code [tag.]service.service[.datacenter]}, {@code _service._tag[.service][.datacenter]},
     * {@code query.query[.datacenter]}, {@code service.connect[.datacenter]}, {@code service.ingress[.datacenter]}; a datacenter may be
     * followed by {@code .dc}, and in its place may be a peer, followed by {@code .peer}.
     *
     * @param dnsName the name, with or without its last dot
     * @param domain what Consul's names end in
     * @return what it asks for: {@code parse(name.toDnsName(domain), domain)} equals {@code name}, but for an {@linkplain #fqdn FQDN}
     * @throws IllegalArgumentException when it is not below {@code domain}, is no name of instances (but of a node, say), or could never be
     *     found; the message says why
     */
    public static ServiceName parse(String dnsName, String domain) {
        return NameParser.parse(dnsName, domain);
    }

    static ServiceName of(NameKind kind, String service) {
        return new ServiceName(kind, service, null, null, null, false);
    }

    /** Whether Consul reads these labels, which stand before the kind, as {@code _service._tag}. */
    static boolean looksLikeRfc2782(List<String> labels) {
        return labels.size() == 2 && labels.stream().allMatch(label -> label.startsWith("_") && label.indexOf('.') < 0);
    }

    /**
     * Those of the instances that have a tag. There can be one only: Consul's DNS cannot ask for two, and takes several labels for one tag with
     * dots.
     *
     * @param tag the tag, which may contain dots: {@code "primary"}, {@code "v1.2"}
     * @return a name with this tag instead of another
     * @throws IllegalArgumentException when DNS or Consul cannot carry it, or this is no name of a service; the message says why
     */
    public ServiceName tag(String tag) {
        return new ServiceName(kind, service, Labels.several("tag", tag), datacenter, peer, rfc2782);
    }

    /**
     * The instances in a datacenter, which the agent's own servers ask for them.
     *
     * @param datacenter its name: {@code "dc2"}
     * @return a name with this datacenter instead of another
     * @throws IllegalArgumentException when DNS or Consul cannot carry it, or this name has a peer or is an FQDN; the message says why
     */
    public ServiceName datacenter(String datacenter) {
        return new ServiceName(kind, service, tag, Labels.place("datacenter", datacenter), peer, rfc2782);
    }

    /**
     * The instances that a cluster peer exports.
     *
     * @param peer its name in the agent's cluster
     * @return a name with this peer instead of another
     * @throws IllegalArgumentException when DNS or Consul cannot carry it, or this name has a datacenter or is no name of a service; the message
     *     says why
     */
    public ServiceName peer(String peer) {
        return new ServiceName(kind, service, tag, datacenter, Labels.place("peer", peer), rfc2782);
    }

    /**
     * The same instances, asked for in the form of RFC 2782: {@code _orders._tcp.service.consul.}, or {@code _orders._v1.service.consul.} with
     * a tag. Consul finds the same by either form; what stands between may know this one only.
     *
     * @return a name with this form
     * @throws IllegalArgumentException when the service or the tag has 63 bytes, the tag is {@code "tcp"} or has a dot, or this is no name of a
     *     service; the message says which
     */
    public ServiceName rfc2782() {
        return new ServiceName(kind, service, tag, datacenter, peer, true);
    }

    /**
     * What is asked for.
     *
     * @return in lower case, the service's name, or the prepared query's; of an {@linkplain #fqdn FQDN} the whole, without its last dot
     */
    public String service() {
        return service;
    }

    /**
     * The tag.
     *
     * @return it, in lower case; empty when all instances are wanted
     */
    public Optional<String> tag() {
        return Optional.ofNullable(tag);
    }

    /**
     * The datacenter.
     *
     * @return its name, in lower case; empty for the agent's own
     */
    public Optional<String> datacenter() {
        return Optional.ofNullable(datacenter);
    }

    /**
     * The cluster peer.
     *
     * @return its name, in lower case; empty for the agent's own cluster
     */
    public Optional<String> peer() {
        return Optional.ofNullable(peer);
    }

    NameKind kind() {
        return kind;
    }

    /**
     * The absolute name that is asked for in DNS.
     *
     * @param domain what Consul's names end in, by default {@code "consul"}
     * @return the name, with its last dot: {@code "orders.service.consul."}
     * @throws IllegalArgumentException when {@code domain} is none, or the name is longer than the 253 characters, 255 bytes, that DNS carries
     *     (RFC 1035 section 2.3.4)
     */
    public String toDnsName(String domain) {
        String name = kind == NameKind.FQDN ? toString() : this + "." + Labels.withoutLastDot(domain) + ".";
        Labels.checkWhole(name);
        return name;
    }

    private String protocol() {
        return tag == null ? TCP : tag;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof ServiceName name
                        && hash == name.hash
                        && kind == name.kind
                        && rfc2782 == name.rfc2782
                        && service.equals(name.service)
                        && Objects.equals(tag, name.tag)
                        && Objects.equals(datacenter, name.datacenter)
                        && Objects.equals(peer, name.peer);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /**
     * The name without the domain.
     *
     * @return for example {@code "primary.db.service.dc2"}; an {@linkplain #fqdn FQDN} with its last dot
     */
    @Override
    public String toString() {
        if (kind == NameKind.FQDN) {
            return service + ".";
        }
        String what = rfc2782 ? "_" + service + "._" + protocol() : tag == null ? service : tag + "." + service;
        String where = datacenter != null ? "." + datacenter : peer != null ? "." + peer + ".peer" : "";
        return what + "." + kind.label() + where;
    }
}
