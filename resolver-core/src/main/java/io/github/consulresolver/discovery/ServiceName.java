package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.DomainName;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which instances are wanted: those of a service, of one of its tags, in a datacenter. A name that exists is one that DNS and Consul can
 * carry; whether Consul knows such a service is another matter.
 *
 * <pre>{@code
 * ServiceName primary = ServiceName.of("db").tag("primary").datacenter("dc2"); // primary.db.service.dc2.consul.
 * }</pre>
 *
 * <p>Case does not count: Consul looks names up in lower case, and so they are kept.
 *
 * <p>Immutable.
 *
 * @see <a href="https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups">Consul: static DNS lookups</a>
 */
public final class ServiceName {
    private static final int MAX_LABEL = 63;

    /** Consul compares what is asked for in text form, where DNS writes these with a backslash: it never finds them. */
    private static final String NEVER_FOUND = "\"\\'();@";

    /** The rightmost of these in a DNS name tells what is asked for; a datacenter called so hides the service. */
    private static final Set<String> KINDS =
            Set.of("service", "connect", "virtual", "ingress", "node", "query", "addr");

    private final String service;
    private final @Nullable String tag;
    private final @Nullable String datacenter;

    private ServiceName(String service, @Nullable String tag, @Nullable String datacenter) {
        this.service = service;
        this.tag = tag;
        this.datacenter = datacenter;
        if (tag != null && service.startsWith("_") && tag.startsWith("_") && tag.indexOf('.') < 0) {
            throw new IllegalArgumentException("tag \"" + tag + "\" of service \"" + service
                    + "\": Consul reads two labels that begin with '_' as an RFC 2782 name");
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
        return new ServiceName(label("service", service), null, null);
    }

    /**
     * Those of the instances that have a tag. There can be one only: Consul's DNS cannot ask for two.
     *
     * @param tag the tag, which may contain dots: {@code "primary"}, {@code "v1.2"}
     * @return a name with this tag instead of another
     * @throws IllegalArgumentException when DNS or Consul cannot carry it; the message says why
     */
    public ServiceName tag(String tag) {
        Objects.requireNonNull(tag, "tag");
        for (String part : tag.split("\\.", -1)) {
            check("tag", tag, part);
        }
        return new ServiceName(service, tag.toLowerCase(Locale.ROOT), datacenter);
    }

    /**
     * The instances in a datacenter, which the agent's own servers ask for them.
     *
     * @param datacenter its name: {@code "dc2"}
     * @return a name with this datacenter instead of another
     * @throws IllegalArgumentException when DNS or Consul cannot carry it; the message says why
     */
    public ServiceName datacenter(String datacenter) {
        String label = label("datacenter", datacenter);
        if (KINDS.contains(label)) {
            throw new IllegalArgumentException(
                    "datacenter \"" + datacenter + "\": in a DNS name Consul takes this for the kind of the name");
        }
        return new ServiceName(service, tag, label);
    }

    /**
     * The service.
     *
     * @return its name, in lower case
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
     * The absolute name that is asked for in DNS.
     *
     * @param domain what Consul's names end in, by default {@code "consul"}
     * @return the name, with its last dot: {@code "orders.service.consul."}
     * @throws IllegalArgumentException when {@code domain} is none, or the name is longer than the 255 bytes that DNS carries (RFC 1035
     *     section 2.3.4)
     */
    public String toDnsName(String domain) {
        return DomainName.of(this + "." + domain).toString();
    }

    private static String label(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.indexOf('.') >= 0) {
            throw new IllegalArgumentException(
                    what + " \"" + text + "\": a dot separates labels in DNS, so Consul never finds it there");
        }
        check(what, text, text);
        return text.toLowerCase(Locale.ROOT);
    }

    private static void check(String what, String whole, String label) {
        if (label.isEmpty()) {
            throw new IllegalArgumentException(what + " \"" + whole + "\": "
                    + (whole.isEmpty()
                            ? "it is empty"
                            : "between its dots something is empty, which DNS cannot carry"));
        }
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            if (c <= ' ' || c > '~' || NEVER_FOUND.indexOf(c) >= 0) {
                throw new IllegalArgumentException(
                        what + " \"" + whole + "\": Consul finds nothing by a DNS name with '" + c + "' in it");
            }
        }
        if (label.length() > MAX_LABEL) {
            throw new IllegalArgumentException(
                    what + " \"" + whole + "\": " + label.length() + " bytes between dots, DNS carries " + MAX_LABEL);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ServiceName name
                && service.equals(name.service)
                && Objects.equals(tag, name.tag)
                && Objects.equals(datacenter, name.datacenter);
    }

    @Override
    public int hashCode() {
        return Objects.hash(service, tag, datacenter);
    }

    /**
     * The name without the domain.
     *
     * @return for example {@code "primary.db.service.dc2"}
     */
    @Override
    public String toString() {
        return (tag == null ? "" : tag + ".") + service + ".service" + (datacenter == null ? "" : "." + datacenter);
    }
}
