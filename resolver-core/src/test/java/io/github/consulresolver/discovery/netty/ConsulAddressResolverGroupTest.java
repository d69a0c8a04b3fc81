package io.github.consulresolver.discovery.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.discovery.hosts.LiveServices;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.AddressResolver;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConsulAddressResolverGroupTest {
    @RegisterExtension
    final LiveServices services = new LiveServices();

    @SuppressWarnings("deprecation") // that of 4.1, too
    private final EventLoopGroup loops = new NioEventLoopGroup(1);

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void a_client_that_is_given_a_service_connects_to_the_instances_port() throws Exception {
        int port = services.http("orders");
        try (ConsulAddressResolverGroup group = new ConsulAddressResolverGroup(services.consul())) {
            Channel channel = connect(group, "orders.service.consul", 80);

            assertThat(((InetSocketAddress) channel.remoteAddress()).getPort()).isEqualTo(port);
            channel.close().sync();
        }
    }

    @Test
    void a_host_that_is_no_service_is_up_to_the_other_group() throws Exception {
        int port = services.http("orders");
        try (ConsulAddressResolverGroup group = new ConsulAddressResolverGroup(services.consul())) {
            Channel channel = connect(group, "localhost", port);

            assertThat(((InetSocketAddress) channel.remoteAddress()).getPort()).isEqualTo(port);
            channel.close().sync();
        }
    }

    private Channel connect(ConsulAddressResolverGroup group, String host, int port) throws InterruptedException {
        return new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .resolver(group)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(host, port)
                .sync()
                .channel();
    }

    @Test
    void who_asks_for_all_addresses_gets_all_instances() throws Exception {
        services.register("orders", 8080);
        services.register("orders", 8081);
        try (ConsulAddressResolverGroup group = new ConsulAddressResolverGroup(services.consul())) {
            List<InetSocketAddress> all = resolver(group)
                    .resolveAll(InetSocketAddress.createUnresolved("orders.service.consul", 0))
                    .sync()
                    .getNow();

            assertThat(all).extracting(InetSocketAddress::getPort).containsExactlyInAnyOrder(8080, 8081);
            assertThat(all).noneMatch(InetSocketAddress::isUnresolved);
        }
    }

    @Test
    void a_service_without_instances_is_an_unknown_host() {
        try (ConsulAddressResolverGroup group = new ConsulAddressResolverGroup(services.consul())) {
            InetSocketAddress orders = InetSocketAddress.createUnresolved("orders.service.consul", 0);

            assertThatThrownBy(() -> resolver(group).resolve(orders).sync()).isInstanceOf(UnknownHostException.class);
            assertThatThrownBy(() -> resolver(group).resolveAll(orders).sync())
                    .isInstanceOf(UnknownHostException.class);
        }
    }

    private AddressResolver<InetSocketAddress> resolver(ConsulAddressResolverGroup group) {
        return group.getResolver(loops.next());
    }
}
