package io.github.consulresolver.server.differential;

import io.github.consulresolver.consul.Consul;
import io.github.consulresolver.consul.ConsulAgent;
import io.github.consulresolver.consul.Instance;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Agents of one version, each with a configuration and what is registered there. They start one after the other, in the background:
 * while one is asked, the next gets ready.
 */
final class AgentsInConfiguration implements AutoCloseable {

    /** May do everything, where tokens are needed. */
    static final String MANAGEMENT_TOKEN = "5c0f1a1e-9d4f-4d1b-8d0c-1f2e3d4c5b6a";

    private static final String LIMITS = """
            {
              "connect": {"enabled": true},
              "dns_config": {
                "udp_answer_limit": 5,
                "a_record_limit": 4,
                "enable_truncate": true,
                "only_passing": true,
                "enable_additional_node_meta_txt": false,
                "disable_compression": true
              }
            }
            """;
    private static final String DATACENTER = """
            {
              "datacenter": "%1$s",
              "node_name": "server-%1$s",
              "translate_wan_addrs": true,
              "connect": {"enabled": true},
              "ports": {"serf_wan": %2$d}
            }
            """;

    private final Consul consul;
    private final List<ConsulAgent> running = new CopyOnWriteArrayList<>();
    private final ExecutorService background = Executors.newSingleThreadExecutor();
    private final Future<ConsulAgent> forwarding;
    private final Future<ConsulAgent> limits;
    private final Future<ConsulAgent> acl;
    private final Future<ConsulAgent> datacenters;

    AgentsInConfiguration(Consul consul, InetSocketAddress recursor) {
        this.consul = consul;
        forwarding = background.submit(() -> startForwarding(recursor));
        limits = background.submit(() -> registered(start(LIMITS)));
        acl = background.submit(this::startAcl);
        datacenters = background.submit(this::startDatacenters);
    }

    boolean areOf(Consul other) {
        return consul.equals(other);
    }

    /** With recursors, TTLs, and a second domain. */
    ConsulAgent forwarding() {
        return get(forwarding);
    }

    /** Leaves out what it can be told to leave out, and says so. */
    ConsulAgent limits() {
        return get(limits);
    }

    /** Denies by default; without a token {@link #MANAGEMENT_TOKEN} counts. */
    ConsulAgent acl() {
        return get(acl);
    }

    /** The first of two datacenters. */
    ConsulAgent datacenters() {
        return get(datacenters);
    }

    /** Registers the catalogue, and what there is many of. */
    static ConsulAgent registered(ConsulAgent agent) {
        ConsulApi.of(agent.httpAddress(), "").register("catalogue");
        agent.register(Instance.many("dozen", 12));
        agent.register(Instance.many("big100", 100));
        agent.register(Instance.many("big1200", 1_200));
        return agent;
    }

    private ConsulAgent startForwarding(InetSocketAddress recursor) {
        return registered(start("""
            {
              "connect": {"enabled": true},
              "recursors": ["%s:%d"],
              "alt_domain": "other.test",
              "dns_config": {
                "node_ttl": "10500ms",
                "service_ttl": {"web": "20s", "we*": "30s", "d*": "40s", "DB": "50s", "*": "5s"},
                "soa": {"refresh": 61, "retry": 62, "expire": 63, "min_ttl": 64}
              }
            }
            """.formatted(recursor.getHostString(), recursor.getPort())));
    }

    private ConsulAgent startAcl() {
        ConsulAgent agent = start("""
            {
              "connect": {"enabled": true},
              "acl": {
                "enabled": true,
                "default_policy": "deny",
                "tokens": {"master": "%1$s", "agent": "%1$s", "default": "%1$s"}
              }
            }
            """.formatted(MANAGEMENT_TOKEN));
        ConsulApi.of(agent.httpAddress(), MANAGEMENT_TOKEN).register("catalogue");
        return agent;
    }

    private ConsulAgent startDatacenters() {
        int wanPort = freePort();
        ConsulAgent agent = start(DATACENTER.formatted("dc1", freePort()));
        ConsulAgent other = start(DATACENTER.formatted("dc2", wanPort));
        ConsulApi.of(other.httpAddress(), "").register("catalogue-dc2");
        ConsulApi api = ConsulApi.of(agent.httpAddress(), "");
        api.register("catalogue");
        api.send("PUT", "/v1/agent/join/127.0.0.1:" + wanPort + "?wan=1", "");
        api.await("/v1/health/service/far?dc=dc2");
        return agent;
    }

    private ConsulAgent start(String config) {
        ConsulAgent agent = ConsulAgent.start(consul, config);
        running.add(agent);
        return agent;
    }

    /** Below the ports that clients get from Linux, where one could come in between, and beside those of {@link ConsulAgent}. */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(14_000, 20_000);
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (ServerSocket tcp = new ServerSocket();
                    DatagramSocket udp = new DatagramSocket(address)) {
                tcp.bind(udp.getLocalSocketAddress());
                return port;
            } catch (IOException taken) {
                // Another one, then.
            }
        }
    }

    private static ConsulAgent get(Future<ConsulAgent> agent) {
        try {
            return agent.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        background.shutdownNow();
        running.forEach(ConsulAgent::close);
    }
}
