package io.github.consulresolver.consul;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;

/**
 * Asks one server once: no retry, no fallback to TCP, no cache. A reply that does not come within the time-out is a
 * {@link java.net.SocketTimeoutException}. Any number of threads may use it.
 */
public record DnsClient(InetSocketAddress server, Duration timeout) {

    private static final int LARGEST_MESSAGE = 65_535;

    /** A client that waits half a minute. */
    public static DnsClient of(InetSocketAddress server) {
        return new DnsClient(server, Duration.ofSeconds(30));
    }

    /** A query with RD and a random id, without EDNS. {@code type} is one of {@link org.xbill.DNS.Type}. */
    public static Message question(String name, int type) {
        try {
            return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
        } catch (TextParseException e) {
            throw new IllegalArgumentException(name, e);
        }
    }

    public Message ask(Protocol protocol, Message query) throws IOException {
        return new Message(ask(protocol, query.toWire()));
    }

    public byte[] ask(Protocol protocol, byte[] query) throws IOException {
        return protocol == Protocol.UDP ? askUdp(query) : askTcp(query);
    }

    private byte[] askUdp(byte[] query) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.setSoTimeout((int) timeout.toMillis());
            socket.send(new DatagramPacket(query, query.length));
            DatagramPacket reply = new DatagramPacket(new byte[LARGEST_MESSAGE], LARGEST_MESSAGE);
            socket.receive(reply);
            return Arrays.copyOf(reply.getData(), reply.getLength());
        }
    }

    private byte[] askTcp(byte[] query) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(server, (int) timeout.toMillis());
            socket.setSoTimeout((int) timeout.toMillis());
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.write(TcpQuery.framed(query));
            return TcpQuery.read(new DataInputStream(socket.getInputStream()));
        }
    }
}
