package io.github.consulresolver.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Requests that an agent answers when it has news. Any number of them wait on one thread, which opens the connections, reads what comes and
 * keeps the time.
 *
 * <p>It is no client for everybody's HTTP: GET, HTTP/1.1, one agent. The JDK's own cost 30 MB for 64 waiting requests, and a thread each
 * would have cost 18.
 */
public final class LongPolls implements Loop, AutoCloseable {
    /** Room for what one TLS record holds. */
    private static final int BUFFER = 32 << 10;

    private static final Duration LONGEST_END = Duration.ofSeconds(1);

    private final AgentEndpoint agent;
    private final AgentToken token;
    private final Selector selector;
    private final Thread thread = new Thread(this::run, "agent-http");
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    private volatile boolean closed;

    /**
     * One that has not started yet.
     *
     * @param base {@code http} or {@code https} with an IP address and a port, or {@code unix} with the path of a socket
     */
    public LongPolls(URI base, AgentToken token) {
        this(base, token, AgentTrust.OF_JVM);
    }

    /** @param trust for {@code https} */
    public LongPolls(URI base, AgentToken token, AgentTrust trust) {
        agent = new AgentEndpoint(base, trust);
        this.token = token;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread.setDaemon(true);
    }

    /** Starts it; once. */
    public void start() {
        thread.start();
    }

    /** A new line to the agent. From any thread; it is for the loop's alone. */
    public AgentLine line() {
        return new Connection(this, agent, token);
    }

    @Override
    public long now() {
        return System.nanoTime();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    @Override
    public Alarm after(Duration delay, Runnable task) {
        Timer timer = new Timer(now() + delay.toNanos(), task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    Selector selector() {
        return selector;
    }

    /** Empty; whoever uses it is done with it before anybody else does. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    private record Timer(long at, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return Long.signum(at - other.at);
        }
    }

    private void run() {
        try (selector) {
            while (!closed) {
                select();
                // Only those that are there now: a task that adds itself again must not hold up the sockets.
                List<Runnable> due = new ArrayList<>();
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    due.add(task);
                }
                for (Timer first = timers.peek(); first != null && first.at - now() <= 0; first = timers.peek()) {
                    due.add(timers.remove().task);
                }
                due.forEach(Runnable::run);
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void select() throws IOException {
        Timer first = timers.peek();
        if (!tasks.isEmpty()) {
            selector.selectNow(LongPolls::ready);
        } else if (first == null) {
            selector.select(LongPolls::ready);
        } else {
            // Rounded up, or it would spin through the last millisecond; 0 would wait for ever.
            long left = TimeUnit.NANOSECONDS.toMillis(first.at - now()) + 1;
            selector.select(LongPolls::ready, Math.max(1, left));
        }
    }

    private static void ready(SelectionKey key) {
        ((Connection) key.attachment()).ready();
    }

    /**
     * Ends it, and its connections; nobody hears any more of what is under way. Returns when that is so, or after a second where somebody who was told
     * something holds it up.
     */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        if (Thread.currentThread() != thread) {
            try {
                thread.join(LONGEST_END.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
