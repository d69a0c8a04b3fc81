package io.github.consulresolver.consul;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** A query that came in a datagram. */
public final class UdpQuery extends ClientQuery {

    private final DatagramSocket server;
    private final SocketAddress client;

    UdpQuery(byte[] query, DatagramSocket server, SocketAddress client) {
        super(query);
        this.server = server;
        this.client = client;
    }

    @Override
    public Protocol protocol() {
        return Protocol.UDP;
    }

    @Override
    public int clientPort() {
        return ((InetSocketAddress) client).getPort();
    }

    @Override
    public void reply(byte[] message) throws IOException {
        server.send(new DatagramPacket(message, message.length, client));
    }

    /** Sends a message as a forger would: from a port that was not asked. */
    public void replyFromAnotherPort(byte[] message) throws IOException {
        try (DatagramSocket other = new DatagramSocket(0, server.getLocalAddress())) {
            other.send(new DatagramPacket(message, message.length, client));
        }
    }
}
