package io.github.consulresolver.devagent;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Receives queries on UDP and TCP, on the same port of both. */
final class DnsServer implements AutoCloseable {
    private static final int BIND_ATTEMPTS = 20;
    private static final int IDLE_MILLIS = 8000;
    private static final int MOST_CONNECTIONS = 128;

    private final DnsResponder responder;
    private final Gate gate;
    private final ServerSocket tcp;
    private final DatagramSocket udp;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads;

    private DnsServer(DnsResponder responder, Gate gate, ServerSocket tcp, DatagramSocket udp) {
        this.responder = responder;
        this.gate = gate;
        this.tcp = tcp;
        this.udp = udp;
        this.threads = new ThreadPoolExecutor(
                2,
                MOST_CONNECTIONS + 2,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DaemonThreads("devagent-dns"));
    }

    static DnsServer start(InetSocketAddress address, DnsResponder responder, Gate gate) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ServerSocket tcp = new ServerSocket();
            try {
                tcp.bind(address, MOST_CONNECTIONS);
                DnsServer server = new DnsServer(
                        responder,
                        gate,
                        tcp,
                        new DatagramSocket(new InetSocketAddress(address.getAddress(), tcp.getLocalPort())));
                server.threads.execute(server::receive);
                server.threads.execute(server::accept);
                return server;
            } catch (IOException failure) {
                tcp.close();
                // A free port of TCP may be taken on UDP: then the next one.
                if (!(failure instanceof BindException) || address.getPort() != 0 || attempt == BIND_ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    }

    private void receive() {
        byte[] buffer = new byte[65_535];
        while (!udp.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                udp.receive(packet);
                gate.pass();
                Optional<byte[]> reply = responder.udp(Arrays.copyOf(buffer, packet.getLength()));
                if (reply.isPresent()) {
                    udp.send(new DatagramPacket(reply.get(), reply.get().length, packet.getSocketAddress()));
                }
            } catch (IOException lost) {
                // One datagram that cannot be received or sent is nothing to the others; a closed socket ends the loop.
            }
        }
    }

    private void accept() {
        while (!tcp.isClosed()) {
            Socket connection;
            try {
                connection = tcp.accept();
            } catch (IOException closed) {
                continue;
            }
            connections.add(connection);
            try {
                threads.execute(() -> serve(connection));
            } catch (RejectedExecutionException tooMany) {
                end(connection);
            }
            if (tcp.isClosed()) {
                end(connection);
            }
        }
    }

    private void serve(Socket connection) {
        try {
            connection.setSoTimeout(IDLE_MILLIS);
            connection.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(connection.getInputStream());
            while (true) {
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                gate.pass();
                Optional<byte[]> reply = responder.tcp(query);
                if (reply.isPresent()) {
                    connection.getOutputStream().write(framed(reply.get()));
                }
            }
        } catch (IOException ended) {
            // By the client, by its silence, or by close(): all the same to us.
        } finally {
            end(connection);
        }
    }

    private static byte[] framed(byte[] reply) {
        byte[] framed = new byte[reply.length + 2];
        framed[0] = (byte) (reply.length >>> 8);
        framed[1] = (byte) reply.length;
        System.arraycopy(reply, 0, framed, 2, reply.length);
        return framed;
    }

    private void end(Socket connection) {
        connections.remove(connection);
        try {
            connection.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to close.
        }
    }

    @Override
    public void close() {
        udp.close();
        try {
            tcp.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to close.
        }
        connections.forEach(this::end);
        threads.shutdownNow();
        try {
            // Its port is free when nobody waits at it any more.
            threads.awaitTermination(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
