package io.github.consulresolver.examples;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceResolver;

/** Asks for a service, and prints where it is. */
final class OrdersClient {
    public static void main(String... args) {
        String service = args.length > 0 ? args[0] : "orders";
        String agent = args.length > 1 ? args[1] : "127.0.0.1:8600";
        try (ServiceResolver consul = ServiceResolver.builder().agents(agent).build()) {
            Endpoints endpoints = consul.resolve(service);
            System.out.println(endpoints.instances().size() + " instances of " + service + ":");
            endpoints.instances().forEach(instance -> System.out.println("  " + instance));
            if (!endpoints.isEmpty()) {
                ServiceInstance one = endpoints.pick();
                System.out.println("One of them: " + one.address().getHostAddress() + ":" + one.port());
            }
        } catch (ResolutionException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }
}
