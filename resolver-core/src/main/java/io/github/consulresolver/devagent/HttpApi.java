package io.github.consulresolver.devagent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves routes over HTTP: finds the route, waits where the query blocks, writes status, headers and body as Consul
 * does.
 */
final class HttpApi implements AutoCloseable {
    private static final int THREADS = 16;
    private static final String NO_DELAY = "sun.net.httpserver.nodelay";
    private static final int BACKLOG = 1024;

    private final Catalog catalog;
    private final String datacenter;
    private final Gate gate;
    private final List<Route> routes;
    private final HttpServer server;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DaemonThreads("devagent-http"));
    private final ScheduledThreadPoolExecutor clock =
            new ScheduledThreadPoolExecutor(1, new DaemonThreads("devagent-http-clock"));

    private HttpApi(HttpServer server, Catalog catalog, String datacenter, Gate gate, List<Route> routes) {
        this.server = server;
        this.catalog = catalog;
        this.datacenter = datacenter;
        this.gate = gate;
        this.routes = routes;
        threads.allowCoreThreadTimeOut(true);
        clock.setRemoveOnCancelPolicy(true);
    }

    static HttpApi start(InetSocketAddress address, Catalog catalog, String datacenter, Gate gate, List<Route> routes)
            throws IOException {
        HttpApi api = new HttpApi(create(address), catalog, datacenter, gate, routes);
        api.server.setExecutor(api.threads);
        api.server.createContext("/", api::handle);
        try {
            // The server's own thread inherits being a daemon from the thread that starts it.
            api.threads.submit(api.server::start).get();
        } catch (ExecutionException | InterruptedException failure) {
            api.close();
            throw new IOException("the HTTP server does not start", failure);
        }
        return api;
    }

    /**
     * The JDK's server sends headers and body apart. Without TCP_NODELAY the body waits for the client's delayed
     * acknowledgement, 40 ms in which a watch would show old news. It takes the setting from this property alone, once
     * in the life of a JVM.
     */
    private static HttpServer create(InetSocketAddress address) throws IOException {
        if (System.getProperty(NO_DELAY) != null) {
            return HttpServer.create(address, BACKLOG);
        }
        System.setProperty(NO_DELAY, "true");
        try {
            return HttpServer.create(address, BACKLOG);
        } finally {
            System.clearProperty(NO_DELAY);
        }
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            gate.pass();
            Route route = route(exchange);
            String path = exchange.getRequestURI().getRawPath();
            Request request = Request.read(
                    exchange,
                    path.substring(Math.min(path.length(), route.path().length())));
            if (request.has("dc") && !request.parameter("dc").equalsIgnoreCase(datacenter)) {
                throw new HttpFailure(500, "No path to datacenter");
            }
            Route.Index index = route.index();
            if (index == null) {
                send(exchange, 200, json(route.body().of(request)), true);
            } else {
                block(exchange, route, index, request);
            }
        } catch (HttpFailure failure) {
            fail(exchange, failure);
        }
    }

    private Route route(HttpExchange exchange) throws HttpFailure {
        String path = exchange.getRequestURI().getRawPath();
        List<Route> here = routes.stream().filter(route -> route.matches(path)).toList();
        Optional<Route> longest =
                here.stream().max(Comparator.comparingInt(route -> route.path().length()));
        if (longest.isEmpty()) {
            throw new HttpFailure(404, "Invalid URL path: not a recognized HTTP API endpoint\n");
        }
        String method = exchange.getRequestMethod();
        if (!longest.get().method().equals(method)) {
            exchange.getResponseHeaders()
                    .set("Allow", "OPTIONS," + longest.get().method());
            throw new HttpFailure(405, "method " + method + " not allowed");
        }
        return longest.get();
    }

    private void block(HttpExchange exchange, Route route, Route.Index index, Request request) throws HttpFailure {
        long seen = request.index();
        Duration patience = request.patience();
        String consistency = request.consistency();
        index.of(request);
        BlockedQuery query = new BlockedQuery(
                catalog,
                () -> indexOrEnd(index, request),
                seen == 0 ? Long.MIN_VALUE : seen,
                () -> answer(exchange, route, index, request, consistency));
        if (seen != 0) {
            // Consul adds up to a sixteenth, so that not all who wait ask again at once.
            long jitter = ThreadLocalRandom.current().nextLong(patience.toMillis() / 16 + 1);
            schedule(query, patience.toMillis() + jitter);
        }
        query.begin();
    }

    private static long indexOrEnd(Route.Index index, Request request) {
        try {
            return index.of(request);
        } catch (HttpFailure cannotBeAsked) {
            return Long.MAX_VALUE;
        }
    }

    private void schedule(BlockedQuery query, long millis) {
        ScheduledFuture<?> ignored = clock.schedule(query::end, millis, TimeUnit.MILLISECONDS);
    }

    private void answer(HttpExchange exchange, Route route, Route.Index index, Request request, String consistency) {
        try {
            threads.execute(() -> {
                try {
                    gate.pass();
                    exchange.getResponseHeaders().set("X-Consul-Index", String.valueOf(Math.max(1, index.of(request))));
                    exchange.getResponseHeaders().set("X-Consul-KnownLeader", "true");
                    exchange.getResponseHeaders().set("X-Consul-LastContact", "0");
                    exchange.getResponseHeaders().set("X-Consul-Effective-Consistency", consistency);
                    exchange.getResponseHeaders().set("X-Consul-Query-Backend", "blocking-query");
                    send(exchange, 200, json(route.body().of(request)), true);
                } catch (HttpFailure failure) {
                    fail(exchange, failure);
                } catch (InterruptedIOException closed) {
                    exchange.close();
                }
            });
        } catch (RejectedExecutionException closed) {
            exchange.close();
        }
    }

    private static byte[] json(@Nullable Object value) {
        return value instanceof Route.Silence ? new byte[0] : Json.write(value);
    }

    private static void fail(HttpExchange exchange, HttpFailure failure) {
        exchange.getResponseHeaders().keySet().removeIf(name -> name.startsWith("X-consul"));
        send(exchange, failure.status(), failure.line().getBytes(StandardCharsets.UTF_8), false);
    }

    private static void send(HttpExchange exchange, int status, byte[] body, boolean json) {
        exchange.getResponseHeaders().set("Content-Type", json ? "application/json" : "text/plain; charset=utf-8");
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        } catch (IOException clientGone) {
            // It does not want the answer any more.
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        server.stop(0);
        threads.shutdownNow();
    }
}
