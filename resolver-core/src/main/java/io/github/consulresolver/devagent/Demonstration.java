package io.github.consulresolver.devagent;

import java.util.List;
import java.util.Map;

/** Services to play with, at addresses where nobody answers (RFC 5737, RFC 3849). */
final class Demonstration {
    private Demonstration() {}

    static List<Node> nodes() {
        return List.of(Node.of("db-1", "192.0.2.31", Map.of()), Node.of("db-2", "192.0.2.32", Map.of()));
    }

    static List<ServiceRegistration> services() {
        return List.of(
                ServiceRegistration.of("web", 8080)
                        .id("web-1")
                        .address("192.0.2.11")
                        .tags("v1", "stable"),
                ServiceRegistration.of("web", 8080)
                        .id("web-2")
                        .address("192.0.2.12")
                        .tags("v1", "stable"),
                ServiceRegistration.of("web", 8080)
                        .id("web-3")
                        .address("192.0.2.13")
                        .tags("v2", "canary"),
                ServiceRegistration.of("orders", 8081)
                        .id("orders-1")
                        .address("192.0.2.21")
                        .weights(10, 1),
                ServiceRegistration.of("orders", 8082)
                        .id("orders-2")
                        .address("192.0.2.22")
                        .weights(5, 1),
                ServiceRegistration.of("orders", 8083)
                        .id("orders-3")
                        .address("192.0.2.23")
                        .weights(1, 1),
                ServiceRegistration.of("db", 5432).id("db-1").node("db-1").tags("primary"),
                ServiceRegistration.of("db", 5432).id("db-2").node("db-2").tags("replica"),
                ServiceRegistration.of("search", 9200).id("search-1").address("2001:db8::41"));
    }
}
