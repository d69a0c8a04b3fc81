package io.github.consulresolver.consul;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.xbill.DNS.Message;

/**
 * A DNS server on 127.0.0.1 that answers each query as a script says, over UDP and TCP on one port number. Queries run
 * side by side, so a script may wait. It counts what it received.
 */
public final class ScriptedUpstream implements AutoCloseable {

    /** What to do with a query. An exception from it ends that query alone, and is printed. */
    public interface Script {
        void answer(ClientQuery query) throws Exception;
    }

    private static final int ATTEMPTS = 100;
    private static final int LARGEST_MESSAGE = 65_535;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Script script;
    private final Tally received = new Tally();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "scripted-upstream");
        thread.setDaemon(true);
        return thread;
    });

    private ScriptedUpstream(DatagramSocket udp, ServerSocket tcp, Script script) {
        this.udp = udp;
        this.tcp = tcp;
        this.script = script;
    }

    public static ScriptedUpstream start(Script script) {
        for (int attempt = 1; ; attempt++) {
            try {
                return bound(script).listening();
            } catch (BindException portTakenForTcp) {
                if (attempt == ATTEMPTS) {
                    throw new UncheckedIOException(portTakenForTcp);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Answers each query with the message that the function makes of it. */
    public static ScriptedUpstream answering(Function<Message, Message> answer) {
        return start(query -> query.reply(answer.apply(query.message())));
    }

    /** Takes queries and says nothing. */
    public static ScriptedUpstream silent() {
        return start(query -> {});
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    /** How many queries came, over either transport. */
    public int received() {
        return received.total();
    }

    public int received(Protocol protocol) {
        return received.of(protocol);
    }

    /** Waits until this many queries have come since the start; {@link AssertionError} after half a minute. */
    public void awaitReceived(int count) throws InterruptedException {
        received.await(count, TimeUnit.SECONDS.toNanos(30));
    }

    @Override
    public void close() {
        try {
            udp.close();
            tcp.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static ScriptedUpstream bound(Script script) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        DatagramSocket udp = new DatagramSocket(0, loopback);
        try {
            udp.setReceiveBufferSize(4 << 20);
            return new ScriptedUpstream(udp, new ServerSocket(udp.getLocalPort(), 1_024, loopback), script);
        } catch (IOException e) {
            udp.close();
            throw e;
        }
    }

    private ScriptedUpstream listening() {
        threads.execute(() -> untilClosed(this::receive));
        threads.execute(() -> untilClosed(this::accept));
        return this;
    }

    private void receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST_MESSAGE], LARGEST_MESSAGE);
        while (true) {
            packet.setLength(LARGEST_MESSAGE);
            udp.receive(packet);
            byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
            begin(new UdpQuery(query, udp, packet.getSocketAddress()));
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket connection = tcp.accept();
            connections.add(connection);
            threads.execute(() -> untilClosed(() -> read(connection)));
        }
    }

    private void read(Socket connection) throws IOException {
        try (connection) {
            DataInputStream in = new DataInputStream(connection.getInputStream());
            while (true) {
                begin(new TcpQuery(TcpQuery.read(in), connection));
            }
        } finally {
            connections.remove(connection);
        }
    }

    private void begin(ClientQuery query) {
        received.add(query.protocol());
        threads.execute(() -> {
            try {
                script.answer(query);
            } catch (SocketException clientLeft) {
                // The script has nobody to talk to any more.
            } catch (Exception e) {
                if (!udp.isClosed()) {
                    e.printStackTrace();
                }
            }
        });
    }

    private static void untilClosed(Loop loop) {
        try {
            loop.run();
        } catch (SocketException | EOFException | RejectedExecutionException closed) {
            // The end of a test, or of a client.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Loop {
        void run() throws IOException;
    }
}
