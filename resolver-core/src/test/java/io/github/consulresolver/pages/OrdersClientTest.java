package io.github.consulresolver.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.consulresolver.devagent.RegisteredInstance;
import io.github.consulresolver.devagent.junit.FakeAgent;
import io.github.consulresolver.discovery.ServiceResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of a user's test is one. */
class OrdersClientTest {
    @RegisterExtension
    static final FakeAgent consul = FakeAgent.start();

    private final ServiceResolver resolver =
            ServiceResolver.builder().agents(consul.dns()).http(consul.http()).build();

    @Test
    void an_order_goes_to_the_instance_that_is_well() {
        RegisteredInstance ill = consul.register("orders", "10.0.0.7", 8081);
        consul.register("orders", "10.0.0.8", 8081);
        ill.fail();

        assertEquals("10.0.0.8", resolver.resolve("orders").pick().address().getHostAddress());
    }

    @AfterEach
    void close() {
        resolver.close();
    }
}
