package io.github.consulresolver.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Passes bytes on over TCP, both ways, and keeps back those of the target while it is told to. */
final class HeldProxy implements AutoCloseable {
    private final InetSocketAddress target;
    private final InetAddress from;
    private final ServerSocket server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch gate = new CountDownLatch(0);

    HeldProxy(InetSocketAddress target) throws IOException {
        this(target, InetAddress.getLoopbackAddress());
    }

    /** One that connects from this address: those who count connections count this one's for themselves. */
    HeldProxy(InetSocketAddress target, InetAddress from) throws IOException {
        this.target = target;
        this.from = from;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    void hold() {
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    private void accept() throws IOException, InterruptedException {
        while (true) {
            Socket client = server.accept();
            sockets.add(client);
            gate.await();
            connect(client);
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            Socket agent = new Socket(target.getAddress(), target.getPort(), from, 0);
            sockets.add(agent);
            daemon(() -> pass(client, agent, false));
            daemon(() -> pass(agent, client, true));
        } catch (IOException nobody) {
            client.close();
        }
    }

    private void pass(Socket from, Socket to, boolean held) throws IOException, InterruptedException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] part = new byte[8192];
            for (int length = in.read(part); length > 0; length = in.read(part)) {
                if (held) {
                    gate.await();
                }
                out.write(part, 0, length);
            }
        }
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException | InterruptedException ended) {
                // So does this.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        release();
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
