package io.github.consulresolver.server.listen;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Opens UDP sockets that are received from by threads of ours, through the C library. */
final class NativeLoop implements OwnLoop {
    /** Links the C library's functions, or fails: better now than with the first query. */
    NativeLoop() {
        Libc.newState(Arena.ofAuto());
    }

    @Override
    public DatagramSockets open(
            InetSocketAddress address,
            EventLoops loops,
            Supplier<QueryHandler> hits,
            Function<EventLoop, QueryHandler> misses,
            AccessRule access)
            throws IOException {
        List<NativeSocket> sockets = new ArrayList<>();
        Sockets opened = new Sockets(sockets);
        try {
            for (EventLoop loop : loops.all()) {
                sockets.add(new NativeSocket(address, hits.get(), loop, misses.apply(loop), access));
            }
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        sockets.forEach(NativeSocket::start);
        Niceness.raise(loops.all());
        return opened;
    }

    private record Sockets(List<NativeSocket> sockets) implements DatagramSockets {
        @Override
        public CompletableFuture<Void> refuseNew() {
            return CompletableFuture.allOf(
                    sockets.stream().map(NativeSocket::refuseNew).toArray(CompletableFuture[]::new));
        }

        @Override
        public void close() {
            sockets.forEach(NativeSocket::close);
        }
    }
}
