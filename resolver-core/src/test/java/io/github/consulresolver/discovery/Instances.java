package io.github.consulresolver.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Instances and endpoints as an answer would make them: instance {@code n} is at 10.0.0.1, port n. */
final class Instances {
    private Instances() {}

    static ServiceInstance instance(int port, int priority, int weight) {
        return instance("10.0.0.1", port, priority, weight);
    }

    static ServiceInstance instance(String address, int port, int priority, int weight) {
        SrvRecord record = new SrvRecord("node-1.node.dc1.consul", port, priority, weight, Optional.empty());
        try {
            return new ServiceInstance("orders", InetAddress.getByName(address), record);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static Endpoints endpoints(ServiceInstance... instances) {
        return endpoints(List.of(instances));
    }

    static Endpoints endpoints(List<ServiceInstance> instances) {
        return new Endpoints(ServiceName.of("orders"), instances);
    }

    /** As many instances of priority 1 as there are weights, on the ports 1, 2, ... */
    static Endpoints weighing(int... weights) {
        return endpoints(IntStream.range(0, weights.length)
                .mapToObj(i -> instance(i + 1, 1, weights[i]))
                .toList());
    }

    /** Instances of one weight. */
    static Endpoints alike(int count) {
        return weighing(IntStream.generate(() -> 1).limit(count).toArray());
    }
}
