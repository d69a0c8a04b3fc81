package io.github.consulresolver.consul;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** The ports of one agent on 127.0.0.1, each free for UDP and TCP when it was taken. */
record AgentPorts(int dns, int http, int server, int serfLan) {

    // Below Linux' range for outgoing connections, so that no client's port gets in the way of a restart.
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;

    static AgentPorts free() {
        Set<Integer> found = new LinkedHashSet<>();
        while (found.size() < 4) {
            int candidate = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (isFree(candidate)) {
                found.add(candidate);
            }
        }
        var ports = found.iterator();
        return new AgentPorts(ports.next(), ports.next(), ports.next(), ports.next());
    }

    private static boolean isFree(int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
