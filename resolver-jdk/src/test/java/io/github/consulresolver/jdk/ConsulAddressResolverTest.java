package io.github.consulresolver.jdk;

import static java.net.spi.InetAddressResolver.LookupPolicy.IPV4;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV4_FIRST;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6_FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.consul.ScriptedUpstream;
import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.discovery.ServiceResolver;
import io.github.consulresolver.discovery.hosts.ServiceHosts;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

class ConsulAddressResolverTest {
    private static final InetAddressResolver BUILTIN = new InetAddressResolver() {
        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
            return Stream.of(InetAddress.getByAddress(host, new byte[] {(byte) 192, 0, 2, 1}));
        }

        @Override
        public String lookupByAddress(byte[] address) {
            return "builtin";
        }
    };

    private final DevAgent agent = DevAgent.start();
    private final ServiceResolver consul = ServiceResolver.builder()
            .agents("127.0.0.1:" + agent.dnsAddress().getPort())
            .build();
    private final ConsulAddressResolver resolver = new ConsulAddressResolver(new ServiceHosts(consul), BUILTIN);

    @AfterEach
    void close() {
        consul.close();
        agent.close();
    }

    private void register(String... addresses) {
        for (int i = 0; i < addresses.length; i++) {
            agent.register(
                    ServiceRegistration.of("orders", 8080 + i).id("orders-" + i).address(addresses[i]));
        }
    }

    private List<String> lookup(String host, int characteristics) throws UnknownHostException {
        return resolver.lookupByName(host, LookupPolicy.of(characteristics))
                .map(InetAddress::getHostAddress)
                .toList();
    }

    @Test
    void a_service_has_the_addresses_of_its_instances_each_once() throws Exception {
        register("10.0.0.1", "10.0.0.2", "10.0.0.1");

        assertThat(lookup("orders.service.consul", IPV4)).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
    }

    @Test
    void an_address_goes_by_the_name_that_was_looked_up() throws Exception {
        register("10.0.0.1");

        assertThat(resolver.lookupByName("orders.service.consul", LookupPolicy.of(IPV4)))
                .extracting(InetAddress::getHostName)
                .containsExactly("orders.service.consul");
    }

    @Test
    void addresses_are_of_the_families_and_in_the_order_that_the_jdk_asks_for() throws Exception {
        String v6 = "fd00:0:0:0:0:0:0:1";
        register("10.0.0.1", "fd00::1");

        assertThat(lookup("orders.service.consul", IPV4)).containsExactly("10.0.0.1");
        assertThat(lookup("orders.service.consul", IPV6)).containsExactly(v6);
        assertThat(lookup("orders.service.consul", IPV4 | IPV6)).containsExactlyInAnyOrder("10.0.0.1", v6);
        assertThat(lookup("orders.service.consul", IPV4 | IPV6 | IPV4_FIRST)).containsExactly("10.0.0.1", v6);
        assertThat(lookup("orders.service.consul", IPV4 | IPV6 | IPV6_FIRST)).containsExactly(v6, "10.0.0.1");
    }

    @Test
    void a_service_without_an_address_of_the_family_is_an_unknown_host() {
        register("10.0.0.1");

        assertThatThrownBy(() -> lookup("orders.service.consul", IPV6)).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> lookup("nothing.service.consul", IPV4)).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void all_else_is_up_to_the_jdk() throws Exception {
        assertThat(lookup("example.org", IPV4)).containsExactly("192.0.2.1");
        assertThat(lookup("dev.node.consul", IPV4)).containsExactly("192.0.2.1");
        assertThat(resolver.lookupByAddress(new byte[] {10, 0, 0, 1})).isEqualTo("builtin");
    }

    @Test
    void the_thread_that_would_have_to_find_a_service_is_told_that_it_cannot() {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedUpstream slow = ScriptedUpstream.start(query -> {
                    asked.await();
                    query.reply(noSuchName(query.message()));
                });
                ServiceResolver own = ServiceResolver.builder()
                        .agents("127.0.0.1:" + slow.address().getPort())
                        .executor(Runnable::run)
                        .build()) {
            ConsulAddressResolver ofOwn = new ConsulAddressResolver(new ServiceHosts(own), BUILTIN);
            CompletableFuture<Throwable> within = own.resolveAsync("orders")
                    .thenApply(found ->
                            catchThrowable(() -> ofOwn.lookupByName("other.service.consul", LookupPolicy.of(IPV4))));
            asked.countDown();

            assertThat(within.join())
                    .isInstanceOf(UnknownHostException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    private static Message noSuchName(Message query) {
        Message answer = Message.newQuery(query.getQuestion());
        answer.getHeader().setID(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setRcode(Rcode.NXDOMAIN);
        return answer;
    }
}
