package io.github.consulresolver.discovery;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whom the benchmarks ask: the real agent that {@code script/bench --library} names, else one in memory.
 *
 * @param dns the port of its DNS, on 127.0.0.1
 * @param http that of its HTTP API
 * @param inMemory null where it is not ours to end
 */
record Agent(int dns, int http, @Nullable DevAgent inMemory) implements AutoCloseable {
    /** The ports of a real one: {@code DNS,HTTP}. */
    private static final String PORTS = "bench.agent";

    /** The agent, which knows this service and gives it this TTL. A real one knows it already. */
    static Agent with(String service, int instances, Duration ttl) {
        String ports = System.getProperty(PORTS);
        if (ports != null) {
            int comma = ports.indexOf(',');
            return new Agent(
                    Integer.parseInt(ports.substring(0, comma)), Integer.parseInt(ports.substring(comma + 1)), null);
        }
        DevAgent agent = DevAgent.builder().serviceTtl("*", ttl).start();
        for (int i = 0; i < instances; i++) {
            agent.register(ServiceRegistration.of(service, 8000 + i)
                    .id(service + "-" + i)
                    .address("10.0.0." + i));
        }
        return new Agent(agent.dnsAddress().getPort(), agent.httpAddress().getPort(), agent);
    }

    String dnsAddress() {
        return "127.0.0.1:" + dns;
    }

    @Override
    public void close() {
        if (inMemory != null) {
            inMemory.close();
        }
    }
}
