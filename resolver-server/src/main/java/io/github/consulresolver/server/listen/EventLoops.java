package io.github.consulresolver.server.listen;

import io.github.consulresolver.upstream.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The threads that receive and answer, and their kind of sockets: epoll on Linux, what the JDK has elsewhere. Thread-safe. */
public final class EventLoops implements AutoCloseable {
    private final EventLoopGroup group;
    private final boolean epoll;
    private final Optional<OwnLoop> own;
    private final List<EventLoop> loops;

    /** @param count how many, at least 1 */
    public EventLoops(int count) {
        this(count, Epoll.isAvailable(), OwnLoop.find());
    }

    EventLoops(int count, boolean epoll, Optional<OwnLoop> own) {
        this.epoll = epoll;
        this.own = own;
        group = new MultiThreadIoEventLoopGroup(count, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        List<EventLoop> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(group.next());
        }
        loops = List.copyOf(all);
    }

    /** Each of them, once. */
    public List<EventLoop> all() {
        return loops;
    }

    /** For the sockets to upstreams. */
    public Transport transport() {
        return epoll
                ? new Transport(group, EpollDatagramChannel::new, EpollSocketChannel::new)
                : new Transport(group, NioDatagramChannel::new, NioSocketChannel::new);
    }

    /** The loop the caller is on, else any of them. */
    public EventLoop here() {
        for (EventLoop loop : loops) {
            if (loop.inEventLoop()) {
                return loop;
            }
        }
        return loops.get(0);
    }

    /** For the next connection: they take turns. */
    EventLoop next() {
        return group.next();
    }

    /** What receives datagrams in Netty's place, if anything does. */
    Optional<OwnLoop> own() {
        return own;
    }

    boolean isEpoll() {
        return epoll;
    }

    /** For connections to that address. */
    ServerSocketChannel newServerSocket(InetAddress address) {
        return epoll ? new EpollServerSocketChannel(family(address)) : new NioServerSocketChannel();
    }

    /** For datagrams to that address. */
    DatagramChannel newDatagramSocket(InetAddress address) {
        return epoll ? new EpollDatagramChannel(family(address)) : new NioDatagramChannel();
    }

    /** That of the address: an IPv6 socket takes an IPv4 address, too, but each packet then costs the kernel more. */
    private static SocketProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    }

    /** Ends the threads, within 200 ms. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS).awaitUninterruptibly(200, TimeUnit.MILLISECONDS);
    }
}
