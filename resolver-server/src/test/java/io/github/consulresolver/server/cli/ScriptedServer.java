package io.github.consulresolver.server.cli;

import io.github.consulresolver.consul.FreePort;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.xbill.DNS.Message;

/** A DNS server over UDP that sends these replies to each query, one after the other; nothing listens on its TCP port. */
final class ScriptedServer implements AutoCloseable {

    private final DatagramSocket socket;
    private final List<UnaryOperator<Message>> replies;

    private ScriptedServer(DatagramSocket socket, List<UnaryOperator<Message>> replies) {
        this.socket = socket;
        this.replies = replies;
    }

    static ScriptedServer answering(List<UnaryOperator<Message>> replies) throws IOException {
        DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.find()));
        ScriptedServer server = new ScriptedServer(socket, List.copyOf(replies));
        Thread thread = new Thread(server::serve, "scripted-server");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() {
        socket.close();
    }

    private void serve() {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                socket.receive(packet);
                Message query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                for (UnaryOperator<Message> reply : replies) {
                    byte[] bytes = reply.apply(query).toWire();
                    socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // Closed: the test is over.
        }
    }
}
