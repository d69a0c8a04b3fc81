package io.github.consulresolver.server.listen;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may ask when nobody said who: this host, and whoever shares a subnet with the address that is asked, such as the containers
 * behind a bridge. A resolver that answers everybody serves attacks on others (RFC 5358).
 *
 * <p>The host's addresses are looked at again every five seconds. Thread-safe.
 */
public final class LocalClients implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalClients.class);
    private static final Duration RESCAN = Duration.ofSeconds(5);

    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "client-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Interfaces interfaces = Interfaces.now();

    public LocalClients() {
        watch.scheduleWithFixedDelay(this::rescan, RESCAN.toMillis(), RESCAN.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void rescan() {
        try {
            interfaces = Interfaces.now();
        } catch (UncheckedIOException e) {
            // A task that throws is not run again; what was known is good enough until the next look.
            LOG.debug("Looking at the host's addresses failed: {}", e.getMessage());
        }
    }

    /** The rule for one address that is listened on. */
    public AccessRule of(InetAddress listen) {
        return client -> isThisHost(client) || interfaces.isInSubnetOf(listen, client);
    }

    /** Whether the client runs on this host. */
    public boolean isThisHost(InetAddress client) {
        return client.isLoopbackAddress() || interfaces.has(client);
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
