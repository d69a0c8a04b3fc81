package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceOfHostTest {
    private final ServiceResolver consul =
            ServiceResolver.builder().agents("127.0.0.1:1").build();

    @AfterEach
    void close() {
        consul.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders.service.consul", "orders.service.consul.", "Orders.Service.CONSUL"})
    void a_host_in_the_domain_is_the_service_it_names(String host) {
        assertThat(consul.serviceOf(host)).contains(ServiceName.of("orders"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.org",
                "orders",
                "",
                "consul",
                "myconsul",
                "orders.service.consul.example.org",
                "node-1.node.consul",
                "orders.consul",
                "a..service.consul"
            })
    void any_other_host_is_none(String host) {
        assertThat(consul.serviceOf(host)).isEmpty();
    }

    @Test
    void the_domain_is_the_resolvers() {
        try (ServiceResolver other = ServiceResolver.builder()
                .agents("127.0.0.1:1")
                .domain("corp.example.")
                .build()) {
            assertThat(other.serviceOf("v2.orders.service.corp.example"))
                    .contains(ServiceName.of("orders").tag("v2"));
            assertThat(other.serviceOf("orders.service.consul")).isEmpty();
        }
    }
}
