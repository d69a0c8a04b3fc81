package io.github.consulresolver.devagent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

/** Asks an agent, as the command of that name does. */
final class Dig {
    private final SimpleResolver resolver;

    private Dig(InetSocketAddress server) {
        resolver = new SimpleResolver(server);
        resolver.setTimeout(Duration.ofSeconds(5));
        resolver.setEDNS(-1);
        // What the agent cuts off is what these tests look at.
        resolver.setIgnoreTruncation(true);
    }

    /** Over UDP without EDNS. */
    static Dig udp(DevAgent agent) {
        return new Dig(agent.dnsAddress());
    }

    static Dig udp(DevAgent agent, int size) {
        Dig dig = udp(agent);
        dig.resolver.setEDNS(0, size, 0, List.of());
        return dig;
    }

    static Dig tcp(DevAgent agent) {
        Dig dig = udp(agent);
        dig.resolver.setTCP(true);
        return dig;
    }

    Message ask(String name, int type) throws IOException {
        return resolver.send(Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN)));
    }

    static List<String> answers(Message reply) {
        return reply.getSection(Section.ANSWER).stream()
                .map(Record::rdataToString)
                .toList();
    }

    static List<SRVRecord> srv(Message reply) {
        return reply.getSection(Section.ANSWER).stream()
                .map(SRVRecord.class::cast)
                .toList();
    }

    static boolean isAuthoritative(Message reply) {
        return reply.getHeader().getFlag(Flags.AA);
    }
}
