package io.github.consulresolver.jdk;

import io.github.consulresolver.discovery.hosts.ServiceHosts;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;

/**
 * Has the JDK (18 or newer) find services by Consul's DNS names, wherever a program looks up a host: {@code
 * InetAddress.getByName("orders.service.consul")}. All other names, and names of addresses, are up to the JDK's built-in resolver. There is nothing to
 * call: to be on the class path is enough.
 *
 * <p>These system properties say which agent is asked; without them it is the one that {@code CONSUL_HTTP_ADDR} and the like in the environment
 * name, else the one on this host. They are read at the JVM's first look-up of any host; what cannot be understood fails it, and each one after
 * it.
 *
 * <ul>
 *   <li>{@code consul.resolver.agents}: {@code ADDRESS:PORT} of DNS, several with commas between them
 *   <li>{@code consul.resolver.http}: the agent's HTTP API, or {@code none}
 *   <li>{@code consul.resolver.domain}: by default {@code consul}
 *   <li>{@code consul.resolver.datacenter}: of names without one
 * </ul>
 *
 * <p>The JDK takes addresses only: ports are the program's. And it keeps them for 30 s, and that there are none for 10 s: {@code
 * -Dsun.net.inetaddr.ttl=0 -Dsun.net.inetaddr.negative.ttl=0} leaves that to Consul's resolver, which knows when they change.
 *
 * <p>The JDK takes the first provider that it finds. dnsjava, which the library uses, brings one, too: this library has to come before it on the class
 * path, as it does where it is named before all that uses dnsjava.
 *
 * <p>Thread-safe.
 *
 * @see <a href="https://openjdk.org/jeps/418">JEP 418: Internet-Address Resolution SPI</a>
 */
public final class ConsulAddressResolverProvider extends InetAddressResolverProvider {
    /** For the JDK. */
    public ConsulAddressResolverProvider() {}

    /**
     * Makes the resolver of the JVM. It starts nothing before the first name of Consul's, and is there until the JVM ends.
     *
     * @param configuration the JDK's own resolver
     * @return the resolver
     * @throws IllegalArgumentException when a system property cannot be understood; the message says which
     */
    @Override
    public InetAddressResolver get(Configuration configuration) {
        ServiceHosts hosts = new ServiceHosts(SystemProperties.resolver(System.getProperties()));
        return new ConsulAddressResolver(hosts, configuration.builtinResolver());
    }

    /**
     * The provider's name.
     *
     * @return {@code "Consul Resolver"}
     */
    @Override
    public String name() {
        return "Consul Resolver";
    }
}
