package io.github.consulresolver.discovery;

import io.github.consulresolver.upstream.AgentGroup;
import io.github.consulresolver.upstream.Transport;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamListener;
import io.github.consulresolver.zone.Timer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One thread with the sockets on it. It starts when it is needed. */
final class NettyNetwork implements Network {
    private final EventLoopGroup loops = loops();
    private final Timer timer = Timer.on(() -> loops);
    private final Upstream agents;

    NettyNetwork(List<InetSocketAddress> agents, UpstreamListener listener) {
        Transport transport = new Transport(loops, NioDatagramChannel::new, NioSocketChannel::new);
        this.agents = new AgentGroup(agents, transport, listener);
    }

    /** Netty 4.2 has another class for this and deprecates this one, which is the one that 4.1 has, too. */
    @SuppressWarnings("deprecation")
    private static EventLoopGroup loops() {
        return new NioEventLoopGroup(1, new DefaultThreadFactory("consul-resolver", true));
    }

    @Override
    public Upstream agents() {
        return agents;
    }

    @Override
    public Timer timer() {
        return timer;
    }

    @Override
    public long now() {
        return System.nanoTime();
    }

    @Override
    public boolean isOwnThread() {
        return loops.next().inEventLoop();
    }

    @Override
    public void close() {
        Future<?> ended = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        if (!isOwnThread()) {
            ended.awaitUninterruptibly();
        }
    }
}
