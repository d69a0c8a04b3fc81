package io.github.consulresolver.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Netty's event loops. */
final class NettyLoops implements Loops {
    private final List<NettyLoop> loops = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();

    NettyLoops(Transport transport, UpstreamListener listener) {
        this(transport, listener, InetAddress::isLoopbackAddress);
    }

    /** @param trusted whether queries to a server may share a socket, because nobody can pose as that server */
    NettyLoops(Transport transport, UpstreamListener listener, Predicate<InetAddress> trusted) {
        for (EventExecutor executor : transport.loops()) {
            loops.add(new NettyLoop((EventLoop) executor, transport, listener, trusted));
        }
    }

    @Override
    public Loop here() {
        for (NettyLoop loop : loops) {
            if (loop.eventLoop.inEventLoop()) {
                return loop;
            }
        }
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    private static final class NettyLoop implements Loop {
        private final EventLoop eventLoop;
        private final Transport transport;
        private final UpstreamListener listener;
        private final Predicate<InetAddress> trusted;
        private final RandomIds ids = new RandomIds();
        private final Map<InetSocketAddress, Wire> wires = new HashMap<>();

        NettyLoop(EventLoop eventLoop, Transport transport, UpstreamListener listener, Predicate<InetAddress> trusted) {
            this.trusted = trusted;
            this.eventLoop = eventLoop;
            this.transport = transport;
            this.listener = listener;
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void execute(Runnable task) {
            if (eventLoop.isShuttingDown()) {
                throw new RejectedExecutionException();
            }
            if (eventLoop.inEventLoop()) {
                task.run();
            } else {
                eventLoop.execute(task);
            }
        }

        @Override
        public Alarm after(long nanos, Runnable task) {
            try {
                ScheduledFuture<?> scheduled = eventLoop.schedule(task, nanos, TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            } catch (RejectedExecutionException ended) {
                // Nothing gets through any more, which ends whatever waits for this.
                return () -> {};
            }
        }

        @Override
        public Wire wire(InetSocketAddress server) {
            return wires.computeIfAbsent(server, this::newWire);
        }

        private Wire newWire(InetSocketAddress server) {
            return new NettyWire(transport, eventLoop, this, server, trusted.test(server.getAddress()), listener, ids);
        }
    }
}
