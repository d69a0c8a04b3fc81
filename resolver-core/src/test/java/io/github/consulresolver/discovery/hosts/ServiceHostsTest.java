package io.github.consulresolver.discovery.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceName;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ServiceHostsTest {
    @RegisterExtension
    final LiveServices services = new LiveServices();

    @Test
    void instances_are_found_waiting_or_not() throws Exception {
        services.register("orders", 8080);
        ServiceHosts hosts = new ServiceHosts(services.consul());

        assertThat(hosts.find(ServiceName.of("orders")).instances())
                .extracting(ServiceInstance::port)
                .containsExactly(8080);
        assertThat(hosts.findAsync(ServiceName.of("orders")).join().instances())
                .extracting(ServiceInstance::port)
                .containsExactly(8080);
    }

    @Test
    void a_service_without_instances_is_an_unknown_host() {
        ServiceHosts hosts = new ServiceHosts(services.consul());

        assertThatThrownBy(() -> hosts.find(ServiceName.of("orders")))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("orders.service has no healthy instance")
                .hasNoCause();
        assertThatThrownBy(() -> hosts.findAsync(ServiceName.of("orders")).join())
                .hasCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void a_service_of_which_nobody_knows_is_an_unknown_host_and_the_cause_says_why() {
        services.stopAgent();
        ServiceHosts hosts = new ServiceHosts(services.consul());

        assertThatThrownBy(() -> hosts.find(ServiceName.of("orders")))
                .isInstanceOf(UnknownHostException.class)
                .hasCauseInstanceOf(ResolutionException.class)
                .hasMessageContaining("orders.service.consul");
        assertThatThrownBy(() -> hosts.findAsync(ServiceName.of("orders")).join())
                .cause()
                .isInstanceOf(UnknownHostException.class)
                .hasCauseInstanceOf(ResolutionException.class);
    }
}
