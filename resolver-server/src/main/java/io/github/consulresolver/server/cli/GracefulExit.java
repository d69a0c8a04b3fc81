package io.github.consulresolver.server.cli;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process in good order, within a second and with exit code 0, on SIGTERM and SIGINT.
 *
 * <p>A shutdown hook, because that is the JDK's supported way to hear of a signal; it ends with {@code halt(0)}, because
 * a JVM that is left to end by itself after SIGTERM has exit code 143, which service managers take for a failure.
 */
final class GracefulExit {

    private static final Logger log = LoggerFactory.getLogger(GracefulExit.class);

    private static final long LONGEST_MILLIS = 950;

    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();
    private final Thread hook = new Thread(this::end, "shutdown");

    private GracefulExit() {}

    /**
     * Starts something and waits for the end of the process. When the start fails, what was started is closed, and the
     * process ends as it would without us.
     */
    static int around(Start start) throws Exception {
        GracefulExit exit = new GracefulExit();
        Runtime.getRuntime().addShutdownHook(exit.hook);
        boolean started = false;
        try {
            start.start(exit);
            started = true;
        } finally {
            if (!started) {
                exit.giveUp();
            }
        }
        new CountDownLatch(1).await();
        return 0;
    }

    /** Is to be closed at the end, after what was named before. */
    void close(AutoCloseable resource) {
        open.add(resource);
    }

    private void giveUp() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            closeAll();
        } catch (IllegalStateException e) {
            // The process is ending already, and the hook is at work.
        }
    }

    private void end() {
        Thread closing = new Thread(this::closeAll, "closing");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(LONGEST_MILLIS);
        } catch (InterruptedException e) {
            // Nobody interrupts a shutdown hook; ending at once is what an interrupt would mean.
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(0);
    }

    private void closeAll() {
        for (AutoCloseable resource = open.poll(); resource != null; resource = open.poll()) {
            try {
                resource.close();
            } catch (Exception e) {
                log.warn("Closing failed: {}", e.toString());
            }
        }
    }

    /** What is done between the first moment a signal is heard and the wait for one. */
    @FunctionalInterface
    interface Start {
        void start(GracefulExit exit) throws Exception;
    }
}
