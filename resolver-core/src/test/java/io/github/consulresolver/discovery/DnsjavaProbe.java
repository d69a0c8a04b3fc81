package io.github.consulresolver.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.Lookup;

/** An application that has dnsjava beside it, in a JVM of its own, with everything on the class path: says who resolves the JDK's names. */
final class DnsjavaProbe {
    private DnsjavaProbe() {}

    /** Prints {@code dnsjava} or {@code the JDK}. */
    public static void main(String[] arguments) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Lookup.setDefaultResolver(new CountingResolver(asked));
        try (ServiceResolver resolver =
                ServiceResolver.builder().agents("127.0.0.1:1").withoutHttp().build()) {
            resolver.resolve("orders");
        } catch (ResolutionException nobodyThere) {
            // It is there, and was used.
        }
        try {
            // Hosts below localhost are nobody else's (RFC 6761): dnsjava would ask all the same.
            InetAddress.getAllByName("consul.localhost");
        } catch (UnknownHostException unknown) {
            // Nor is there such a host on every machine.
        }
        System.out.println(asked.get() == 0 ? "the JDK" : "dnsjava");
    }
}
