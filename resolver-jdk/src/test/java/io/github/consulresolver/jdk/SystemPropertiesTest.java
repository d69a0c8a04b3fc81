package io.github.consulresolver.jdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.consulresolver.discovery.ServiceResolver;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemPropertiesTest {
    private static Properties properties(String... namesAndValues) {
        Properties properties = new Properties();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return properties;
    }

    @Test
    void all_settings_are_taken_and_other_properties_left_alone() {
        try (ServiceResolver consul = SystemProperties.resolver(properties(
                "consul.resolver.agents", "127.0.0.1:1,[::1]:1",
                "consul.resolver.http", "none",
                "consul.resolver.domain", "corp.example",
                "consul.resolver.datacenter", "dc2",
                "user.home", "/"))) {
            assertThat(consul.serviceOf("orders.service.corp.example")).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({"agents, orders", "http, ftp://127.0.0.1:21", "domain, .", "datacenter, a.b", "agent, 127.0.0.1:8600"})
    void what_cannot_be_understood_is_refused_by_its_name(String setting, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SystemProperties.resolver(properties("consul.resolver." + setting, value)))
                .withMessageStartingWith("system property consul.resolver." + setting + ": ");
    }
}
