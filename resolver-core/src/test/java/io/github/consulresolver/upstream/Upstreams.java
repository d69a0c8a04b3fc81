package io.github.consulresolver.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.consul.FreePort;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Event loops for a test class, and what was heard on them. */
final class Upstreams implements AfterAllCallback {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    Transport transport() {
        return new Transport(loops, NioDatagramChannel::new, NioSocketChannel::new);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        loops.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    }

    /** The event loop there is. */
    EventLoop eventLoop() {
        return loops.next();
    }

    /** A port where nobody answers, neither over UDP nor over TCP. */
    static InetSocketAddress nobody() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.find());
    }

    static byte[] replyOf(CompletableFuture<byte[]> asked) throws Exception {
        return asked.get(30, SECONDS);
    }

    static UpstreamException failureOf(CompletableFuture<byte[]> asked) {
        Throwable failure = catchThrowable(() -> asked.get(30, SECONDS));
        if (failure instanceof ExecutionException && failure.getCause() instanceof UpstreamException upstream) {
            return upstream;
        }
        throw new AssertionError("no UpstreamException", failure);
    }

    /** Writes down what it hears, a line each. */
    static final class Heard implements UpstreamListener {
        final List<String> lines = new CopyOnWriteArrayList<>();

        @Override
        public void answered(InetSocketAddress server, Protocol protocol, long nanos, int rcode) {
            lines.add(protocol + " answered " + rcode);
        }

        @Override
        public void failed(InetSocketAddress server, Protocol protocol, UpstreamException.Reason reason) {
            lines.add(protocol + " failed " + reason);
        }

        @Override
        public void dropped(InetSocketAddress server, Protocol protocol) {
            lines.add(protocol + " dropped");
        }
    }
}
