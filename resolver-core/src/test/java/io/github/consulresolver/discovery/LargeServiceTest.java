package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.devagent.junit.FakeAgent;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A service of which no answer over DNS has all instances: it ends at 64 KiB. */
class LargeServiceTest {
    private static final int INSTANCES = 10_000;

    @RegisterExtension
    static final FakeAgent CONSUL = FakeAgent.start();

    @BeforeEach
    void register() {
        for (int i = 0; i < INSTANCES; i++) {
            CONSUL.register("large", "10.0." + i / 250 + "." + i % 250, 8080);
        }
    }

    @Test
    void it_is_complete_where_there_is_http() {
        try (ServiceResolver resolver = ServiceResolver.builder()
                .agents(CONSUL.dns())
                .http(CONSUL.http())
                .build()) {
            long begun = System.nanoTime();
            Endpoints endpoints = resolver.resolve("large");
            // An agent on a busy machine may take longer for all of them than is waited for.
            while (endpoints.instances().size() < INSTANCES
                    && System.nanoTime() - begun < Duration.ofSeconds(60).toNanos()) {
                endpoints = resolver.resolve("large");
            }

            assertThat(endpoints.instances()).hasSize(INSTANCES).doesNotHaveDuplicates();
        }
    }

    @Test
    void it_has_what_dns_carries_where_there_is_none() {
        try (ServiceResolver resolver =
                ServiceResolver.builder().agents(CONSUL.dns()).build()) {
            assertThat(resolver.resolve("large").instances())
                    .hasSizeBetween(500, INSTANCES - 1)
                    .doesNotHaveDuplicates();
        }
    }
}
