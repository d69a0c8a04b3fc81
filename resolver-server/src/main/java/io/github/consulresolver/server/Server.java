package io.github.consulresolver.server;

import io.github.consulresolver.server.config.ServerConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Holds the ports and answers nothing yet. */
public final class Server implements AutoCloseable {

    private final List<ServerSocket> sockets;

    private Server(List<ServerSocket> sockets) {
        this.sockets = sockets;
    }

    /** Binds every listen address. */
    public static Server start(ServerConfig config, MeterRegistry meters) throws StartException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (InetSocketAddress address : config.listen()) {
            try {
                ServerSocket socket = new ServerSocket();
                sockets.add(socket);
                socket.bind(address);
            } catch (IOException e) {
                new Server(sockets).close();
                throw new StartException("Cannot listen on " + address + ": " + e.getMessage());
            }
        }
        return new Server(List.copyOf(sockets));
    }

    /** The addresses that are really bound. */
    public List<InetSocketAddress> listenAddresses() {
        return sockets.stream()
                .map(socket -> (InetSocketAddress) socket.getLocalSocketAddress())
                .toList();
    }

    @Override
    public void close() {
        for (ServerSocket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // Nothing to do about a socket that does not close.
            }
        }
    }
}
