package io.github.consulresolver.server.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Asks one server and waits: over UDP with one repetition, over TCP when told to or when the reply was cut. */
final class DnsClient {

    private static final int UDP_SIZE = 1232;
    private static final int TRIES = 2;

    private final InetSocketAddress server;
    private final long deadline;
    private final Duration timeout;

    DnsClient(InetSocketAddress server, Duration timeout) {
        this.server = server;
        this.timeout = timeout;
        this.deadline = System.nanoTime() + timeout.toNanos();
    }

    Message ask(Record question, boolean tcp) throws IOException {
        Message query = Message.newQuery(question);
        query.addRecord(new OPTRecord(UDP_SIZE, 0, 0), Section.ADDITIONAL);
        if (!tcp) {
            Message reply = overUdp(query);
            if (!reply.getHeader().getFlag(Flags.TC)) {
                return reply;
            }
        }
        return overTcp(query);
    }

    private Message overUdp(Message query) throws IOException {
        byte[] bytes = query.toWire();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            for (int left = TRIES; left > 0; left--) {
                socket.send(new DatagramPacket(bytes, bytes.length));
                try {
                    return receive(
                            socket, query, System.nanoTime() + remaining().toNanos() / left);
                } catch (SocketTimeoutException e) {
                    // The next try, or the deadline in remaining().
                }
            }
            throw new SocketTimeoutException("no answer within " + timeout);
        }
    }

    private static Message receive(DatagramSocket socket, Message query, long until) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        while (System.nanoTime() < until) {
            socket.setSoTimeout(millis(Duration.ofNanos(until - System.nanoTime())));
            socket.receive(packet);
            byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
            try {
                Message reply = new Message(bytes);
                if (answers(reply, query)) {
                    return reply;
                }
            } catch (IOException e) {
                // Not a DNS message: somebody else's, or damaged. The right one may still come.
            }
        }
        throw new SocketTimeoutException("no answer yet");
    }

    private Message overTcp(Message query) throws IOException {
        byte[] bytes = query.toWire();
        try (Socket socket = new Socket()) {
            socket.connect(server, millis(remaining()));
            byte[] framed = new byte[bytes.length + 2];
            framed[0] = (byte) (bytes.length >> 8);
            framed[1] = (byte) bytes.length;
            System.arraycopy(bytes, 0, framed, 2, bytes.length);
            socket.getOutputStream().write(framed);
            byte[] length = read(socket, 2);
            Message reply = new Message(read(socket, (length[0] & 0xFF) << 8 | length[1] & 0xFF));
            if (!answers(reply, query)) {
                throw new IOException("the reply is to another question");
            }
            return reply;
        }
    }

    private byte[] read(Socket socket, int length) throws IOException {
        byte[] bytes = new byte[length];
        InputStream in = socket.getInputStream();
        for (int filled = 0; filled < length; ) {
            socket.setSoTimeout(millis(remaining()));
            int read = in.read(bytes, filled, length - filled);
            if (read < 0) {
                throw new EOFException("the connection was closed before the reply was whole");
            }
            filled += read;
        }
        return bytes;
    }

    private static boolean answers(Message reply, Message query) {
        Record asked = reply.getQuestion();
        return reply.getHeader().getFlag(Flags.QR)
                && reply.getHeader().getID() == query.getHeader().getID()
                && (asked == null || asked.equals(query.getQuestion()));
    }

    private Duration remaining() throws SocketTimeoutException {
        long nanos = deadline - System.nanoTime();
        if (nanos <= 0) {
            throw new SocketTimeoutException("no answer within " + timeout);
        }
        return Duration.ofNanos(nanos);
    }

    private static int millis(Duration duration) {
        // 0 would mean for ever.
        return (int) Math.max(1, duration.toMillis());
    }
}
