package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.config.HostPort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once, after the start, when no agent answers. The server runs all the same: the agent may come later. */
final class AgentCheck {

    private static final Logger log = LoggerFactory.getLogger(AgentCheck.class);

    private static final int TRIES = 3;
    private static final int TRY_MILLIS = 700;
    private static final int HEADER = 12;

    private AgentCheck() {}

    /** Asks in the background. */
    static void start(InetSocketAddress agent, String domain) {
        Thread thread = new Thread(
                () -> problem(agent, domain)
                        .ifPresent(problem -> log.warn(
                                "No Consul agent answers at {} ({}): names under {} get SERVFAIL until it does."
                                        + " Start it, or name another with --consul",
                                HostPort.format(agent),
                                problem,
                                domain)),
                "agent-check");
        thread.setDaemon(true);
        thread.start();
    }

    /** Why the agent does not answer, or empty when it does; any answer counts, whatever it says. */
    static Optional<String> problem(InetSocketAddress agent, String domain) {
        int id = ThreadLocalRandom.current().nextInt(1 << 16);
        byte[] query = query(id, domain);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(agent);
            socket.setSoTimeout(TRY_MILLIS);
            for (int i = 0; i < TRIES; i++) {
                socket.send(new DatagramPacket(query, query.length));
                if (answered(socket, id)) {
                    return Optional.empty();
                }
            }
            return Optional.of("no answer");
        } catch (PortUnreachableException e) {
            return Optional.of("connection refused");
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static boolean answered(DatagramSocket socket, int id) throws IOException {
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        try {
            socket.receive(reply);
        } catch (SocketTimeoutException e) {
            return false;
        }
        byte[] bytes = reply.getData();
        return reply.getLength() >= HEADER && bytes[0] == (byte) (id >> 8) && bytes[1] == (byte) id;
    }

    /** The domain's SOA: the cheapest thing an agent can be asked (RFC 1035, section 4.1). */
    private static byte[] query(int id, String domain) {
        ByteArrayOutputStream query = new ByteArrayOutputStream();
        query.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : domain.split("\\.", -1)) {
            byte[] letters = label.getBytes(StandardCharsets.US_ASCII);
            query.write(letters.length);
            query.writeBytes(letters);
        }
        query.writeBytes(new byte[] {0, 0, 6, 0, 1});
        return query.toByteArray();
    }
}
