package io.github.consulresolver.discovery;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import java.time.Duration;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Resolving a name whose answer is kept, by a text and by a name. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ResolveBenchmark {
    private final ServiceName name = ServiceName.of("orders");

    @Param({"3", "100"})
    private int instances;

    private final DevAgent agent =
            DevAgent.builder().serviceTtl("*", Duration.ofHours(1)).start();
    private final ServiceResolver consul = ServiceResolver.builder()
            .agents("127.0.0.1:" + agent.dnsAddress().getPort())
            .build();

    @Setup
    public void register() {
        for (int i = 0; i < instances; i++) {
            agent.register(ServiceRegistration.of("orders", 8080)
                    .address("10.0.0." + i)
                    .id("orders-" + i));
        }
    }

    @TearDown
    public void close() {
        consul.close();
        agent.close();
    }

    @Benchmark
    public Endpoints byText() {
        return consul.resolve("orders");
    }

    @Benchmark
    public Endpoints byName() {
        return consul.resolve(name);
    }

    @Benchmark
    public ServiceInstance andPick() {
        return consul.resolve("orders").pick();
    }
}
