package io.github.consulresolver.server.reply;

import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.dns.VerbatimAnswer;
import java.util.stream.IntStream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Type;

/** Answers of an agent about one service, {@code web.service.consul}. */
final class Services {
    static final String WEB = "web.service.consul.";

    static final String SOA = "consul. %d IN SOA ns.consul. hostmaster.consul. 1 3600 600 86400 %d";

    private Services() {}

    /** Addresses from 10.0.0.0 upwards. */
    static InstanceSet addresses(int count) {
        return shuffled(Reply.to(WEB, Type.A).answer(lines(count, "web.service.consul. 60 IN A %s")));
    }

    /** Each instance with a target of its own, 26 bytes long as an agent makes them, and an address for that. */
    static InstanceSet srv(int count) {
        return shuffled(Reply.to(WEB, Type.SRV).answer(srvLines(count)).additional(glueLines(count)));
    }

    static String[] srvLines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "web.service.consul. 60 IN SRV 1 1 %d 0a%06x.addr.dc1.consul.".formatted(8000 + i, i))
                .toArray(String[]::new);
    }

    static String[] glueLines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "0a%06x.addr.dc1.consul. 60 IN A %s".formatted(i, address(i)))
                .toArray(String[]::new);
    }

    static String[] lines(int count, String format) {
        return IntStream.range(0, count)
                .mapToObj(i -> format.formatted(address(i)))
                .toArray(String[]::new);
    }

    private static String address(int i) {
        return "10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255);
    }

    static InstanceSet shuffled(Reply reply) {
        return set(reply, false);
    }

    static InstanceSet ordered(Reply reply) {
        return set(reply, true);
    }

    private static InstanceSet set(Reply reply, boolean ordered) {
        try {
            return InstanceSet.of(reply.flag(Flags.AA).wire(), ordered);
        } catch (MalformedMessageException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static VerbatimAnswer verbatim(Reply reply) {
        try {
            return VerbatimAnswer.of(reply.wire(), 86_400);
        } catch (MalformedMessageException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
