package io.github.consulresolver.server.listen;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Who may ask when nobody said who: this host, and whoever shares a subnet with the address that is asked, such as the containers
 * behind a bridge. A resolver that answers everybody serves attacks on others (RFC 5358).
 *
 * <p>The host's addresses are looked at again every five seconds. Thread-safe.
 */
public final class LocalClients implements AutoCloseable {
    private static final Duration RESCAN = Duration.ofSeconds(5);

    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "client-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Interfaces interfaces = Interfaces.now();

    public LocalClients() {
        watch.scheduleWithFixedDelay(
                () -> interfaces = Interfaces.now(), RESCAN.toMillis(), RESCAN.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The rule for one address that is listened on. */
    public AccessRule of(InetAddress listen) {
        return client ->
                client.isLoopbackAddress() || interfaces.has(client) || interfaces.isInSubnetOf(listen, client);
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
