package io.github.consulresolver.examples;

import io.github.consulresolver.discovery.Endpoints;
import io.github.consulresolver.discovery.ResolutionException;
import io.github.consulresolver.discovery.ServiceInstance;
import io.github.consulresolver.discovery.ServiceResolver;

/** Prints where an instance of a service is, and from then on each change, until Enter is typed. */
final class OrdersClient {
    public static void main(String... args) throws Exception {
        String service = args.length > 0 ? args[0] : "orders";
        ServiceResolver.Builder builder = ServiceResolver.builder(); // the agent on this host
        if (args.length > 1) {
            builder.agents(args[1]).http(args.length > 2 ? args[2] : "127.0.0.1:8500");
        }
        try (ServiceResolver consul = builder.build()) {
            Endpoints endpoints = consul.resolve(service);
            if (!endpoints.isEmpty()) {
                System.out.println("One of " + endpoints.instances().size() + ": " + text(endpoints.pick()));
            }
            consul.watch(service, OrdersClient::print);
            System.in.read();
        } catch (ResolutionException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static void print(Endpoints now) {
        System.out.println(now.name().service() + " is at "
                + now.instances().stream().map(OrdersClient::text).sorted().toList());
    }

    private static String text(ServiceInstance instance) {
        return instance.address().getHostAddress() + ":" + instance.port();
    }
}
