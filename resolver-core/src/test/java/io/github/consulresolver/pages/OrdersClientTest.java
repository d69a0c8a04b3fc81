package io.github.consulresolver.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.Health;
import io.github.consulresolver.devagent.ServiceRegistration;
import io.github.consulresolver.devagent.junit.DevAgentExtension;
import io.github.consulresolver.discovery.ServiceResolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example of a user's test is one. */
@ExtendWith(DevAgentExtension.class)
class OrdersClientTest {
    @Test
    void finds_orders(DevAgent agent) {
        agent.register(ServiceRegistration.of("orders", 8081));
        try (ServiceResolver consul = ServiceResolver.builder()
                .agents("127.0.0.1:" + agent.dnsAddress().getPort())
                .build()) {
            assertEquals(8081, consul.resolve("orders").pick().port());

            agent.setHealth("orders", Health.CRITICAL);
            assertTrue(consul.resolve("orders").isEmpty());
        }
    }
}
