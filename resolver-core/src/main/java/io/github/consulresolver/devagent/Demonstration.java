package io.github.consulresolver.devagent;

/** Services to play with, at addresses where nobody answers (RFC 5737, RFC 3849). */
final class Demonstration {
    private Demonstration() {}

    static void fill(DevAgent agent) {
        agent.registerNode("db-1", "192.0.2.31");
        agent.registerNode("db-2", "192.0.2.32");
        add(
                agent,
                ServiceRegistration.of("web", 8080)
                        .id("web-1")
                        .address("192.0.2.11")
                        .tags("v1", "stable"));
        add(
                agent,
                ServiceRegistration.of("web", 8080)
                        .id("web-2")
                        .address("192.0.2.12")
                        .tags("v1", "stable"));
        add(
                agent,
                ServiceRegistration.of("web", 8080)
                        .id("web-3")
                        .address("192.0.2.13")
                        .tags("v2", "canary"));
        add(
                agent,
                ServiceRegistration.of("orders", 8081)
                        .id("orders-1")
                        .address("192.0.2.21")
                        .weights(10, 1));
        add(
                agent,
                ServiceRegistration.of("orders", 8082)
                        .id("orders-2")
                        .address("192.0.2.22")
                        .weights(5, 1));
        add(
                agent,
                ServiceRegistration.of("orders", 8083)
                        .id("orders-3")
                        .address("192.0.2.23")
                        .weights(1, 1));
        add(agent, ServiceRegistration.of("db", 5432).id("db-1").node("db-1").tags("primary"));
        add(agent, ServiceRegistration.of("db", 5432).id("db-2").node("db-2").tags("replica"));
        add(agent, ServiceRegistration.of("search", 9200).id("search-1").address("2001:db8::41"));
    }

    /** With a check, so that the HTTP API can fail it. */
    private static void add(DevAgent agent, ServiceRegistration registration) {
        agent.register(registration);
        agent.setHealth(registration.id(), Health.PASSING);
    }
}
