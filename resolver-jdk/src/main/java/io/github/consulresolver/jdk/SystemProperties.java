package io.github.consulresolver.jdk;

import io.github.consulresolver.discovery.ServiceResolver;
import java.util.Properties;

/** Reads a resolver from system properties. */
final class SystemProperties {
    private static final String PREFIX = "consul.resolver.";

    private SystemProperties() {}

    /** @throws IllegalArgumentException when one cannot be understood */
    static ServiceResolver resolver(Properties properties) {
        ServiceResolver.Builder builder = ServiceResolver.builder();
        for (String property : properties.stringPropertyNames()) {
            if (property.startsWith(PREFIX)) {
                set(builder, property, properties.getProperty(property));
            }
        }
        return builder.build();
    }

    private static void set(ServiceResolver.Builder builder, String property, String value) {
        try {
            switch (property.substring(PREFIX.length())) {
                case "agents" -> builder.agents(value.split(","));
                case "http" -> http(builder, value);
                case "domain" -> builder.domain(value);
                case "datacenter" -> builder.datacenter(value);
                default -> throw new IllegalArgumentException("there is no such setting");
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("system property " + property + ": " + e.getMessage(), e);
        }
    }

    private static void http(ServiceResolver.Builder builder, String value) {
        if (value.equals("none")) {
            builder.withoutHttp();
        } else {
            builder.http(value);
        }
    }
}
