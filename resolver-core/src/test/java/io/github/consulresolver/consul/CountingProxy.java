package io.github.consulresolver.consul;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Stands in front of a DNS server, an agent for instance, on a port of its own over UDP and TCP: counts the queries and
 * passes them on over the same transport, and holds, drops or alters the replies if it is told to.
 */
public final class CountingProxy implements AutoCloseable {

    private final DnsClient target;
    private final ScriptedUpstream clients;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Predicate<ClientQuery> lost = query -> false;
    private volatile UnaryOperator<byte[]> alteration = UnaryOperator.identity();

    private CountingProxy(InetSocketAddress target) {
        this.target = DnsClient.of(target);
        clients = ScriptedUpstream.start(this::forward);
    }

    public static CountingProxy inFrontOf(InetSocketAddress target) {
        return new CountingProxy(target);
    }

    public InetSocketAddress address() {
        return clients.address();
    }

    /** How many queries came, those included that were dropped or are held. */
    public int queries() {
        return clients.received();
    }

    public int queries(Protocol protocol) {
        return clients.received(protocol);
    }

    /** Waits until this many queries have come since the start; {@link AssertionError} after ten seconds. */
    public void awaitQueries(int count) throws InterruptedException {
        clients.awaitReceived(count);
    }

    /** Keeps back every reply until {@link #release()}: a delay of exactly as long as the test wants. */
    public void hold() {
        gate = new CountDownLatch(1);
    }

    public void release() {
        gate.countDown();
    }

    /** From now on, leaves these queries without an answer. */
    public void drop(Predicate<ClientQuery> queries) {
        lost = queries;
    }

    /** From now on, sends what this makes of the target's replies. */
    public void alter(UnaryOperator<byte[]> reply) {
        alteration = reply;
    }

    /** Ends what {@link #hold()}, {@link #drop} and {@link #alter} began. The counts stay. */
    public void passOn() {
        release();
        lost = query -> false;
        alteration = UnaryOperator.identity();
    }

    @Override
    public void close() {
        release();
        clients.close();
    }

    private void forward(ClientQuery query) throws IOException, InterruptedException {
        CountDownLatch opened = gate;
        if (lost.test(query)) {
            return;
        }
        try {
            byte[] reply = target.ask(query.protocol(), query.bytes());
            opened.await();
            query.reply(alteration.apply(reply));
        } catch (IOException noReply) {
            // As the target does: silence over UDP, the end of the connection over TCP.
            if (query instanceof TcpQuery tcp) {
                tcp.close();
            }
        }
    }
}
