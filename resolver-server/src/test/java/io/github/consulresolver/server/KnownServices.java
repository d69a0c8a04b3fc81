package io.github.consulresolver.server;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Instance;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A hundred services that Consul knows, and what clients are told of all of them at once. */
final class KnownServices {
    /** Whoever asks has the patience of a test on a busy machine. */
    static final int PATIENCE_MS = 30_000;

    private static final int SERVICES = 100;
    private static final int WITH_ADDRESSES = 80;
    private static final int INSTANCES = 3;
    private static final int STALE_ANSWER = 3;

    private KnownServices() {}

    /** What came back: what is not as it should be, in words; and of the rest, how much is stale. */
    record Told(List<String> wrong, int fresh, int stale) {
        boolean isFresh() {
            return wrong.isEmpty() && stale == 0;
        }

        boolean isStale() {
            return wrong.isEmpty() && fresh == 0;
        }
    }

    /** What is to be registered: three instances each, in the catalog, none of them an agent's own. */
    static List<Instance> instances() {
        return IntStream.range(0, SERVICES * INSTANCES)
                .mapToObj(i -> {
                    int service = i / INSTANCES;
                    int instance = i % INSTANCES;
                    String address = "10." + (1 + instance) + ".0." + service;
                    return Instance.of(name(service), address, 8000 + instance)
                            .on("node-" + instance, "10.0.0." + (1 + instance));
                })
                .toList();
    }

    /** Asks for A and AAAA of four services in five, as programs do, and for SRV of the others; all in one go. */
    static Told ask(InetSocketAddress server) throws IOException {
        List<Message> queries = queries();
        List<String> wrong = new ArrayList<>();
        int stale = 0;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.setSoTimeout(PATIENCE_MS);
            for (Message query : queries) {
                byte[] wire = query.toWire();
                socket.send(new DatagramPacket(wire, wire.length));
            }
            List<Message> open = new ArrayList<>(queries);
            while (!open.isEmpty()) {
                Message reply = receive(socket);
                if (reply == null) {
                    open.forEach(query -> wrong.add("no reply to " + query.getQuestion()));
                    break;
                }
                Message query = queries.get(reply.getHeader().getID());
                open.remove(query);
                if (!isRight(query, reply)) {
                    wrong.add(reply.toString());
                } else if (isStale(reply)) {
                    stale++;
                }
            }
        }
        return new Told(wrong, queries.size() - wrong.size() - stale, stale);
    }

    private static List<Message> queries() {
        List<Message> queries = new ArrayList<>();
        for (int service = 0; service < SERVICES; service++) {
            int[] types = service < WITH_ADDRESSES ? new int[] {Type.A, Type.AAAA} : new int[] {Type.SRV};
            for (int type : types) {
                Message query = DnsClient.question(name(service) + ".service.consul.", type);
                query.getHeader().setID(queries.size());
                query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
                queries.add(query);
            }
        }
        return queries;
    }

    private static String name(int service) {
        return String.format(Locale.ROOT, "known-%02d", service);
    }

    private static Message receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[1232], 1232);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException nothing) {
            return null;
        }
        return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
    }

    private static boolean isRight(Message query, Message reply) {
        int instances = query.getQuestion().getType() == Type.AAAA ? 0 : INSTANCES;
        return reply.getRcode() == Rcode.NOERROR
                && reply.getQuestion().equals(query.getQuestion())
                && reply.getSection(Section.ANSWER).size() == instances;
    }

    private static boolean isStale(Message reply) {
        return errors(reply).contains(STALE_ANSWER);
    }

    /** The extended errors of a reply, in their order. */
    static List<Integer> errors(Message reply) {
        List<Integer> codes = new ArrayList<>();
        if (reply.getOPT() != null) {
            for (EDNSOption option : reply.getOPT().getOptions()) {
                if (option instanceof ExtendedErrorCodeOption error) {
                    codes.add(error.getErrorCode());
                }
            }
        }
        return codes;
    }
}
