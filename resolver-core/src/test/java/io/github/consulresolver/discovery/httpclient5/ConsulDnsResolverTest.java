package io.github.consulresolver.discovery.httpclient5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.discovery.hosts.LiveServices;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConsulDnsResolverTest {
    @RegisterExtension
    final LiveServices services = new LiveServices();

    private String get(String uri) throws Exception {
        try (CloseableHttpClient client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new ConsulDnsResolver(services.consul()))
                        .build())
                .build()) {
            return client.execute(new HttpGet(uri), response -> EntityUtils.toString(response.getEntity()));
        }
    }

    @Test
    void a_request_to_a_service_goes_to_the_instances_port_and_keeps_its_host() throws Exception {
        int port = services.http("orders");

        assertThat(get("http://orders.service.consul/42")).isEqualTo(port + " GET /42 orders.service.consul");
    }

    @Test
    void where_an_instance_cannot_be_reached_another_one_is_tried() throws Exception {
        services.refusing("orders");
        services.refusing("orders");
        int port = services.http("orders");

        for (int i = 0; i < 10; i++) {
            assertThat(get("http://orders.service.consul/")).startsWith(port + " ");
        }
    }

    @Test
    void a_host_that_is_no_service_is_up_to_the_system() throws Exception {
        int port = services.http("orders");

        assertThat(get("http://localhost:" + port + "/")).startsWith(port + " ");
    }

    @Test
    void a_service_without_instances_is_an_unknown_host() {
        assertThatThrownBy(() -> get("http://orders.service.consul/")).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void who_asks_for_addresses_alone_gets_each_once() throws Exception {
        services.register("orders", 8080);
        services.register("orders", 8081);
        ConsulDnsResolver resolver = new ConsulDnsResolver(services.consul());

        assertThat(resolver.resolve("orders.service.consul"))
                .extracting(InetAddress::getHostAddress)
                .containsExactly("127.0.0.1");
        assertThat(resolver.resolveCanonicalHostname("orders.service.consul")).isEqualTo("orders.service.consul");
    }
}
