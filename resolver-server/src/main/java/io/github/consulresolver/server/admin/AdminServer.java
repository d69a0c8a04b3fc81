package io.github.consulresolver.server.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Serves {@code /health} (JSON) and {@code /metrics} (Prometheus text format 0.0.4) over HTTP. Thread-safe.
 *
 * <p>Two threads, a bounded queue, a bounded time for a slow client: what happens here never disturbs DNS.
 */
public final class AdminServer implements AutoCloseable {

    private static final int THREADS = 2;
    private static final int WAITING_REQUESTS = 64;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer http;
    private final ExecutorService threads;
    private final Supplier<Health> health;
    private final PrometheusMeterRegistry meters;

    private AdminServer(
            HttpServer http, ExecutorService threads, Supplier<Health> health, PrometheusMeterRegistry meters) {
        this.http = http;
        this.threads = threads;
        this.health = health;
        this.meters = meters;
    }

    /**
     * Binds the address and serves until closed.
     *
     * @param address where to listen; port 0 means any free port
     * @param health asked for every {@code /health}, by several threads
     * @throws IOException when the address cannot be bound
     */
    public static AdminServer start(InetSocketAddress address, Supplier<Health> health, PrometheusMeterRegistry meters)
            throws IOException {
        boundSlowClients();
        HttpServer http = HttpServer.create(address, WAITING_REQUESTS);
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_REQUESTS), task -> {
                    Thread thread = new Thread(task, "admin");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        AdminServer server = new AdminServer(http, threads, health, meters);
        http.setExecutor(threads);
        http.createContext("/", server::answer);
        http.start();
        return server;
    }

    /** The address that is really bound. */
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /** Stops at once; a response that is under way is cut. */
    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!HostHeader.isOurs(exchange.getRequestHeaders().getFirst("Host"), exchange.getLocalAddress())) {
                send(exchange, 403, TEXT, "The Host header names neither loopback nor this server's address.\n");
                return;
            }
            String path = exchange.getRequestURI().getPath();
            if (!path.equals("/health") && !path.equals("/metrics")) {
                send(exchange, 404, TEXT, "Not here. There are /health and /metrics.\n");
                return;
            }
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, TEXT, "Only GET and HEAD.\n");
            } else if (path.equals("/health")) {
                send(exchange, 200, JSON, health.get().toJson());
            } else {
                send(exchange, 200, PROMETHEUS, meters.scrape(PROMETHEUS));
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String contentType, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", contentType);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    /** The JDK's HTTP server waits for ever unless told otherwise, and can be told by system properties only. */
    private static void boundSlowClients() {
        setIfAbsent("sun.net.httpserver.maxReqTime", "5");
        setIfAbsent("sun.net.httpserver.maxRspTime", "10");
        setIfAbsent("jdk.httpserver.maxConnections", String.valueOf(WAITING_REQUESTS));
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
