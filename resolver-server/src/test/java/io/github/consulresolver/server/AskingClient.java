package io.github.consulresolver.server;

import io.github.consulresolver.consul.DnsClient;
import io.github.consulresolver.consul.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A client that asks for the addresses of one name all the time, and remembers each answer that was another. */
final class AskingClient implements AutoCloseable {
    private static final int STALE_ANSWER = 3;

    private final InetSocketAddress server;
    private final String name;
    private final Set<Told> told = ConcurrentHashMap.newKeySet();
    private final AtomicInteger answers = new AtomicInteger();
    private final Thread thread;
    private volatile boolean ends;

    /** What was said; {@code stale} where it says that it is. */
    record Told(int rcode, Set<String> addresses, boolean stale) {
        static Told fresh(String... addresses) {
            return new Told(Rcode.NOERROR, Set.of(addresses), false);
        }

        static Told stale(String... addresses) {
            return new Told(Rcode.NOERROR, Set.of(addresses), true);
        }
    }

    AskingClient(InetSocketAddress server, String name) {
        this.server = server;
        this.name = name;
        thread = new Thread(this::run);
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks once. */
    static Told ask(InetSocketAddress server, String name) {
        Message query = DnsClient.question(name, Type.A);
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
        try {
            Message reply =
                    new DnsClient(server, Duration.ofMillis(KnownServices.PATIENCE_MS)).ask(Protocol.UDP, query);
            return new Told(
                    reply.getRcode(),
                    reply.getSection(Section.ANSWER).stream()
                            .map(Record::rdataToString)
                            .collect(Collectors.toSet()),
                    KnownServices.errors(reply).contains(STALE_ANSWER));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        while (!ends) {
            told.add(ask(server, name));
            answers.incrementAndGet();
        }
    }

    /** Waits until so many more have come. */
    void awaitAnswers(int more) {
        int enough = answers.get() + more;
        Await.until("there are answers", () -> answers.get() >= enough || !thread.isAlive());
    }

    /** All that was ever said. */
    Set<Told> told() {
        return Set.copyOf(told);
    }

    @Override
    public void close() {
        ends = true;
        Await.until("the client has ended", () -> !thread.isAlive());
    }
}
