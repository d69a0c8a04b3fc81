package io.github.consulresolver.discovery.hosts;

import com.sun.net.httpserver.HttpServer;
import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.discovery.ServiceResolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An agent, a resolver that asks it, and servers that really listen: new ones for each test. */
public final class LiveServices implements BeforeEachCallback, AfterEachCallback {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final List<AutoCloseable> open = new ArrayList<>();
    private DevAgent agent;
    private ServiceResolver consul;

    @Override
    public void beforeEach(ExtensionContext context) {
        agent = DevAgent.start();
        open.add(agent);
        consul = ServiceResolver.builder()
                .agents("127.0.0.1:" + agent.dnsAddress().getPort())
                .http(agent.httpUri().toString())
                .build();
        open.add(consul);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        open.clear();
    }

    public DevAgent agent() {
        return agent;
    }

    public ServiceResolver consul() {
        return consul;
    }

    /** An instance of HTTP that answers 200 with {@code its port, its request's method, target and Host}; registered, and healthy. */
    public int http(String service) {
        return http(service, 200);
    }

    /** The same with another status. */
    public int http(String service, int status) {
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int port = server.getAddress().getPort();
        server.createContext("/", exchange -> {
            byte[] body = (port + " " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                            + exchange.getRequestHeaders().getFirst("Host"))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        open.add(() -> server.stop(0));
        register(service, port);
        return port;
    }

    /** An instance whose port is its own, but where nobody listens: who connects is refused. */
    public int refusing(String service) {
        Socket bound = new Socket();
        open.add(bound);
        try {
            bound.bind(new InetSocketAddress(LOOPBACK, 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        register(service, bound.getLocalPort());
        return bound.getLocalPort();
    }

    /** Registers an instance at a port of this machine. Its id is the port. */
    public void register(String service, int port) {
        agent.register(ServiceRegistration.of(service, port).id(String.valueOf(port)));
    }

    public void deregister(int port) {
        agent.deregister(String.valueOf(port));
    }

    /** Leaves the resolver without any agent. */
    public void stopAgent() {
        agent.close();
    }
}
