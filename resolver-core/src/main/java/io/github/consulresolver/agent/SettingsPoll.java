package io.github.consulresolver.agent;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Reads an agent's settings again and again, on a thread of its own: at once, then about once a minute; until the first time that it
 * worked sooner, because agent and resolver often start together.
 *
 * <p>Thread-safe.
 */
public final class SettingsPoll implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

    /** Reads the settings. */
    @FunctionalInterface
    public interface Source {
        /**
         * Reads them now.
         *
         * @throws IOException with one line that says why they could not be had
         */
        AgentSettings read() throws IOException;
    }

    /** Hears what came of it; called on the poll's thread. What it throws ends the poll. */
    public interface Listener {
        /** The settings are these: told the first time, and when one changed. */
        void known(AgentSettings settings);

        /** The settings cannot be read: told once, and once more when they could be in between, or for another reason. */
        void unknown(String reason);
    }

    /** Waits between two reads. */
    @FunctionalInterface
    interface Pause {
        void take(Duration duration) throws InterruptedException;
    }

    private final Source source;
    private final Listener listener;
    private final Pause pause;
    private final SplittableRandom random = new SplittableRandom();
    private final Thread thread = new Thread(this::run, "agent-settings");

    /** One that has not started yet. */
    public SettingsPoll(Source source, Listener listener) {
        this(source, listener, duration -> Thread.sleep(duration.toMillis()));
    }

    SettingsPoll(Source source, Listener listener, Pause pause) {
        this.source = source;
        this.listener = listener;
        this.pause = pause;
        thread.setDaemon(true);
    }

    /** Starts it; once. */
    public void start() {
        thread.start();
    }

    private void run() {
        AgentSettings last = AgentSettings.UNKNOWN;
        String said = "";
        Duration retry = FIRST_RETRY;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    AgentSettings settings = source.read();
                    if (!settings.equals(last)) {
                        listener.known(settings);
                        last = settings;
                    }
                    said = "";
                    retry = INTERVAL;
                } catch (InterruptedIOException closed) {
                    return;
                } catch (IOException e) {
                    String reason = String.valueOf(e.getMessage());
                    if (!reason.equals(said)) {
                        listener.unknown(reason);
                        said = reason;
                    }
                }
                pause.take(jittered(retry));
                retry = retry.compareTo(INTERVAL.dividedBy(2)) < 0 ? retry.multipliedBy(2) : INTERVAL;
            }
        } catch (InterruptedException closed) {
            // That is its end.
        }
    }

    /** Nodes that were started together must not ask together. */
    private Duration jittered(Duration duration) {
        return duration.multipliedBy(random.nextInt(90, 111)).dividedBy(100);
    }

    /** Ends it; a read under way ends by itself. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
