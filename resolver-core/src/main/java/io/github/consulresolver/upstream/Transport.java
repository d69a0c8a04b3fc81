package io.github.consulresolver.upstream;

import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;

/**
 * The event loops that carry our questions, and their kind of sockets. Whoever made the loops ends them.
 *
 * @param loops run the sockets and their time-outs
 * @param datagrams makes UDP sockets that {@code loops} can run
 * @param streams makes TCP sockets that {@code loops} can run
 */
public record Transport(
        EventLoopGroup loops,
        ChannelFactory<? extends DatagramChannel> datagrams,
        ChannelFactory<? extends SocketChannel> streams) {}
