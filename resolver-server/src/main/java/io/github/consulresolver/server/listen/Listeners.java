package io.github.consulresolver.server.listen;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All addresses that are listened on.
 *
 * <p>A wildcard is one socket an address of the host, because only then a UDP reply is sure to leave from the address that was asked
 * (clients drop others). Every two seconds the host's addresses are looked at: a container bridge that came up late gets its sockets, an
 * address that is gone loses them.
 *
 * <p>Thread-safe.
 */
public final class Listeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final Duration RESCAN = Duration.ofSeconds(2);

    /** What the system says of an IPv6 address in its first second, and of one whose interface is down. */
    private static final String NOT_YET_USABLE = "Cannot assign requested address";

    /** From the call of {@link #close} on: queries that came before it have this long to be read and, if they are hits, answered. */
    private static final Duration DRAIN = Duration.ofMillis(600);

    /** From the call of {@link #close} on: questions still open are answered SERVFAIL then. */
    private static final Duration LAST_WORD = Duration.ofMillis(700);

    private final EventLoops loops;
    private final Function<Executor, QueryHandler> newHandler;
    private final Map<EventLoop, QueryHandler> handlers;
    private final Function<InetAddress, AccessRule> access;
    private final ConnectionLimit limit;
    private final Duration idleTimeout;

    private final List<InetSocketAddress> wildcards = new ArrayList<>();
    private final Map<InetSocketAddress, Listener> listeners = new LinkedHashMap<>();
    /** Those asked for by their own address: they stay, whatever addresses the host has. */
    private final Set<InetSocketAddress> explicit = new HashSet<>();

    private boolean closed;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "address-watch");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param newHandler makes a handler for a loop
     * @param access who may ask, by the address asked
     * @param idleTimeout how long a connection may be without a whole query
     */
    public Listeners(
            EventLoops loops,
            Function<Executor, QueryHandler> newHandler,
            Function<InetAddress, AccessRule> access,
            ConnectionLimit limit,
            Duration idleTimeout) {
        this.loops = loops;
        this.newHandler = newHandler;
        handlers = loops.all().stream().collect(Collectors.toUnmodifiableMap(loop -> loop, newHandler));
        this.access = access;
        this.limit = limit;
        this.idleTimeout = idleTimeout;
    }

    /**
     * Listens on {@code address}, or on every address it stands for.
     *
     * @throws IOException when the system does not let us: its words
     */
    public synchronized void open(InetSocketAddress address) throws IOException {
        if (!address.getAddress().isAnyLocalAddress()) {
            explicit.add(add(address));
            return;
        }
        int port = openEach(address);
        if (wildcards.isEmpty()) {
            watch.scheduleWithFixedDelay(this::look, RESCAN.toMillis(), RESCAN.toMillis(), TimeUnit.MILLISECONDS);
        }
        wildcards.add(new InetSocketAddress(address.getAddress(), port));
    }

    /** Listens on each address behind a wildcard, or on none; returns the port, which for port 0 is one that is free on all of them. */
    private int openEach(InetSocketAddress wildcard) throws IOException {
        // The system finds a port that is free on the first; another program may use it on the next.
        int attempts = wildcard.getPort() == 0 ? 20 : 1;
        while (true) {
            Set<InetSocketAddress> before = Set.copyOf(listeners.keySet());
            try {
                return tryToOpenEach(wildcard);
            } catch (IOException e) {
                if (--attempts == 0) {
                    throw e;
                }
                List<InetSocketAddress> opened = listeners.keySet().stream()
                        .filter(address -> !before.contains(address))
                        .toList();
                opened.forEach(address ->
                        Objects.requireNonNull(listeners.remove(address)).close());
            }
        }
    }

    private int tryToOpenEach(InetSocketAddress wildcard) throws IOException {
        int port = wildcard.getPort();
        for (InetAddress each : Interfaces.now().behind(wildcard.getAddress())) {
            try {
                port = add(new InetSocketAddress(each, port)).getPort();
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains(NOT_YET_USABLE)) {
                    throw e;
                }
                LOG.debug("Not yet listening on {}: {}", each, e.getMessage());
            }
        }
        return port;
    }

    /** Listens there, if we do not yet; returns the address with its real port. */
    private InetSocketAddress add(InetSocketAddress address) throws IOException {
        if (listeners.containsKey(address)) {
            return address;
        }
        AccessRule rule = access.apply(address.getAddress());
        Listener listener = Listener.open(
                address, loops, this::handlerOf, rule, limit, idleTimeout, bound -> datagrams(bound, rule));
        listeners.put(listener.address(), listener);
        return listener.address();
    }

    private DatagramSockets datagrams(InetSocketAddress address, AccessRule rule) throws IOException {
        Optional<OwnLoop> own = loops.own();
        return own.isPresent()
                ? own.get().open(address, loops, () -> newHandler.apply(Runnable::run), this::handlerOf, rule)
                : NettyDatagrams.open(address, loops, this::handlerOf, rule);
    }

    private QueryHandler handlerOf(EventLoop loop) {
        return Objects.requireNonNull(handlers.get(loop), "a loop without a handler");
    }

    private void look() {
        try {
            rescan(Interfaces.now());
        } catch (RuntimeException e) {
            // A task that throws is not run again.
            LOG.debug("Looking at the host's addresses failed", e);
        }
    }

    /** Listens where the wildcards now say, and no longer where they said. */
    synchronized void rescan(Interfaces interfaces) {
        if (closed) {
            return;
        }
        for (InetSocketAddress wildcard : wildcards) {
            List<InetSocketAddress> wanted = interfaces.behind(wildcard.getAddress()).stream()
                    .map(each -> new InetSocketAddress(each, wildcard.getPort()))
                    .toList();
            for (InetSocketAddress address : wanted) {
                if (!listeners.containsKey(address)) {
                    try {
                        add(address);
                        LOG.info("Listening on {}, too: the address is new", text(address));
                    } catch (IOException e) {
                        // The next look finds it again.
                        LOG.debug("Not yet listening on {}: {}", address, e.getMessage());
                    }
                }
            }
            List<InetSocketAddress> gone = listeners.keySet().stream()
                    .filter(address -> address.getAddress().getClass()
                            == wildcard.getAddress().getClass())
                    .filter(address -> address.getPort() == wildcard.getPort())
                    .filter(address -> !wanted.contains(address) && !explicit.contains(address))
                    .toList();
            for (InetSocketAddress address : gone) {
                LOG.info("No longer listening on {}: the address is gone", text(address));
                Listener listener = listeners.remove(address);
                if (listener != null) {
                    listener.close();
                }
            }
        }
    }

    /** Where we listen, in the order it was asked for. */
    public synchronized List<InetSocketAddress> addresses() {
        return List.copyOf(listeners.keySet());
    }

    /**
     * Ends: lets nothing new in, answers what has come, waits for what is under way, and says SERVFAIL to the rest. Takes 800 ms at
     * most. Once closed it stays so; closing again does nothing.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        long start = System.nanoTime();
        watch.shutdownNow();
        List<CompletableFuture<Void>> drained =
                listeners.values().stream().map(Listener::refuseNew).toList();
        await(CompletableFuture.allOf(drained.toArray(new CompletableFuture<?>[0])), left(start, DRAIN));
        long waiting;
        while ((waiting = onEveryLoop(QueryHandler::waiting)) > 0 && left(start, LAST_WORD) > 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        if (waiting > 0) {
            LOG.info("Ending: {} questions have no answer yet, they get SERVFAIL", waiting);
            onEveryLoop(handler -> {
                handler.giveUp();
                return 0;
            });
        }
        listeners.values().forEach(Listener::close);
        listeners.clear();
    }

    private long onEveryLoop(Function<QueryHandler, Integer> task) {
        long sum = 0;
        for (Map.Entry<EventLoop, QueryHandler> each : handlers.entrySet()) {
            sum += each.getKey()
                    .submit(() -> task.apply(each.getValue()))
                    .awaitUninterruptibly()
                    .getNow();
        }
        return sum;
    }

    private static long left(long start, Duration time) {
        return Math.max(0, time.toNanos() - (System.nanoTime() - start));
    }

    private static void await(CompletableFuture<Void> future, long nanos) {
        try {
            future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            LOG.warn("Ending although more queries keep coming in than can be answered");
        } catch (ExecutionException e) {
            LOG.warn("Ending without having read all queries: {}", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As people write it: Java puts a slash before an address that has no name. */
    private static String text(InetSocketAddress address) {
        return address.toString().replace("/", "");
    }
}
