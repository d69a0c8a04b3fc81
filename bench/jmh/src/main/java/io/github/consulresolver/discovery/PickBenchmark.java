package io.github.consulresolver.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Choosing an instance among endpoints that are there, by each policy. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PickBenchmark {
    private static final String KEY = "user-4711";

    private final LoadBalancer weighted = new LoadBalancer(BalancingPolicy.weighted());
    private final LoadBalancer roundRobin = new LoadBalancer(BalancingPolicy.roundRobin());
    private final LoadBalancer leastRequests =
            new LoadBalancer(BalancingPolicy.leastRequests().ejecting());
    private final LoadBalancer consistentHashing = new LoadBalancer(BalancingPolicy.consistentHashing());
    private final LoadBalancer ejecting =
            new LoadBalancer(BalancingPolicy.weighted().ejecting(1, Duration.ofDays(1), 0.5));

    @Param({"3", "100", "10000"})
    private int instances;

    private Endpoints endpoints = new Endpoints(ServiceName.of("orders"), List.of());
    private Endpoints alike = endpoints;

    @Setup
    public void makeEndpoints() {
        endpoints = endpoints(true);
        alike = endpoints(false);
        try (Lease lease = ejecting.acquire(endpoints)) {
            lease.failed();
        }
    }

    private Endpoints endpoints(boolean differ) {
        List<ServiceInstance> all = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            SrvRecord record =
                    new SrvRecord("node-" + i + ".node.dc1.consul", 8080, 1, differ ? 1 + i % 10 : 1, Optional.empty());
            all.add(new ServiceInstance("orders", address(i), record));
        }
        return new Endpoints(ServiceName.of("orders"), all);
    }

    private static InetAddress address(int i) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What {@code resolve("orders").pick()} adds to the resolving: RFC 2782, weights from 1 to 10. */
    @Benchmark
    public ServiceInstance pick() {
        return endpoints.pick();
    }

    /** As Consul's weights are by default: all 1. */
    @Benchmark
    public ServiceInstance pickAlike() {
        return alike.pick();
    }

    @Benchmark
    public ServiceInstance weighted() {
        return weighted.pick(endpoints);
    }

    @Benchmark
    public ServiceInstance roundRobin() {
        return roundRobin.pick(endpoints);
    }

    @Benchmark
    public ServiceInstance leastRequests() {
        return leastRequests.pick(endpoints);
    }

    /** A request from its beginning to its end. */
    @Benchmark
    public ServiceInstance lease() {
        try (Lease lease = leastRequests.acquire(endpoints)) {
            lease.succeeded();
            return lease.instance();
        }
    }

    @Benchmark
    public ServiceInstance consistentHashing() {
        return consistentHashing.pick(endpoints, KEY);
    }

    /** While one instance is left out. */
    @Benchmark
    public ServiceInstance whileEjected() {
        return ejecting.pick(endpoints);
    }

    /** For another try. */
    @Benchmark
    public ServiceInstance excluding() {
        return endpoints.excluding(endpoints.instances().get(0)).pick();
    }
}
