package io.github.consulresolver.consul;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Three Consul servers, and the client agent of a node, which knows nothing but what they tell it. All of them end when this is closed,
 * and at the latest when this JVM ends.
 *
 * <p>For one thread at a time.
 */
public final class ConsulCluster implements AutoCloseable {
    private static final int SERVERS = 3;
    private static final int ATTEMPTS = 5;

    private final List<AgentPorts> ports = new ArrayList<>();
    private final List<ConsulAgent> servers = new ArrayList<>();
    private final ConsulAgent client;

    private ConsulCluster(Consul consul) {
        for (int i = 0; i < SERVERS; i++) {
            ports.add(AgentPorts.free());
        }
        String join = ports.stream()
                .map(server -> "\"127.0.0.1:" + server.serfLan() + "\"")
                .collect(Collectors.joining(", ", "\"retry_join\": [", "], \"retry_interval\": \"1s\""));
        for (int i = 0; i < SERVERS; i++) {
            // A server that was ended and is back has a vote at once only if it was not struck off meanwhile.
            String config = "{\"node_name\": \"server-" + i
                    + "\", \"bootstrap_expect\": 3, \"autopilot\": {\"cleanup_dead_servers\": false}, " + join + "}";
            servers.add(ConsulAgent.begin(consul, ports.get(i), config));
        }
        String config = "{\"node_name\": \"client\", \"server\": false, \"bootstrap_expect\": 0, " + join + "}";
        client = ConsulAgent.begin(consul, AgentPorts.free(), config);
    }

    /**
     * Starts all of them, and waits until they have a leader and the client agent answers.
     *
     * @throws IllegalStateException with their logs, if they do not come together
     */
    public static ConsulCluster start(Consul consul) {
        for (int attempt = 1; ; attempt++) {
            ConsulCluster cluster = new ConsulCluster(consul);
            if (Poll.until(() -> cluster.client.isReady() || cluster.lostPorts()) && !cluster.lostPorts()) {
                return cluster;
            }
            String logs = cluster.logs();
            boolean isCollision = cluster.lostPorts();
            cluster.close();
            if (!isCollision || attempt == ATTEMPTS) {
                throw new IllegalStateException(
                        "Three servers of Consul " + consul.version() + " did not start:\n" + logs);
            }
        }
    }

    /** The node's agent, which is asked. */
    public ConsulAgent client() {
        return client;
    }

    /** Registers with the client agent, again where a leader is lost meanwhile, as it happens on a busy machine. */
    public void register(Collection<Instance> instances) {
        await("a leader that takes a registration", () -> succeeds(() -> client.register(instances)));
    }

    /** Deregisters in the same way. */
    public void deregister(Instance instance) {
        await("a leader that takes a deregistration", () -> succeeds(() -> client.deregister(instance)));
    }

    private static boolean succeeds(Runnable change) {
        try {
            change.run();
            return true;
        } catch (IllegalStateException | UncheckedIOException notNow) {
            return false;
        }
    }

    /** Ends the leader without warning, and waits until the others have elected one. */
    public void replaceLeader() {
        awaitSameKnowledge();
        String before = client.leader();
        ConsulAgent leading = servers.get(indexOf(before));
        leading.kill();
        await(
                "another leader",
                () -> !client.leader().isEmpty() && !client.leader().equals(before));
    }

    /** Stops the leader from running, as if its machine hung, and waits until the others have elected one. */
    public void pauseLeader() {
        awaitSameKnowledge();
        String before = client.leader();
        ConsulAgent leading = servers.get(indexOf(before));
        leading.pause();
        await(
                "another leader",
                () -> servers.stream()
                        .filter(server -> server != leading)
                        .map(ConsulAgent::leader)
                        .anyMatch(leader -> !leader.isEmpty() && !leader.equals(before)));
    }

    /** The servers that follow, in any order. */
    public List<ConsulAgent> followers() {
        ConsulAgent leading = leader();
        return servers.stream()
                .filter(server -> server.isRunning() && server != leading)
                .toList();
    }

    /** The server that leads. */
    public ConsulAgent leader() {
        awaitSameKnowledge();
        return servers.get(indexOf(client.leader()));
    }

    /** Ends all servers but {@code left} without warning; those know what all knew. */
    public void leaveServers(int left) {
        awaitSameKnowledge();
        List<ConsulAgent> running =
                servers.stream().filter(ConsulAgent::isRunning).toList();
        running.subList(0, Math.max(0, running.size() - left)).forEach(ConsulAgent::kill);
    }

    /** Ends the client agent without warning, and starts it again. Returns when it has done so: it may know no server yet. */
    public void restartClient() {
        client.kill();
        client.beginAgain();
    }

    /** Starts what has been ended, lets run what was paused, and waits until there is a leader and the client agent answers. */
    public void recover() {
        for (ConsulAgent server : servers) {
            if (!server.isRunning()) {
                server.beginAgain();
            } else {
                server.recover();
            }
        }
        client.recover();
        await("leader", () -> !client.leader().isEmpty() && client.isReady());
    }

    @Override
    public void close() {
        client.close();
        servers.forEach(ConsulAgent::close);
    }

    /** A server that has just started answers from what it has read so far. */
    private void awaitSameKnowledge() {
        List<ConsulAgent> running =
                servers.stream().filter(ConsulAgent::isRunning).toList();
        await("all servers to know the same", () -> {
            long committed = running.stream()
                    .mapToLong(server -> server.raft("commit_index"))
                    .max()
                    .orElse(0);
            return running.stream().allMatch(server -> server.raft("applied_index") >= committed);
        });
    }

    private int indexOf(String leader) {
        for (int i = 0; i < SERVERS; i++) {
            if (leader.endsWith(":" + ports.get(i).server())) {
                return i;
            }
        }
        throw new IllegalStateException("no server of ours leads, but " + leader);
    }

    private boolean lostPorts() {
        return client.lostItsPorts() || servers.stream().anyMatch(ConsulAgent::lostItsPorts);
    }

    private void await(String what, BooleanSupplier condition) {
        if (!Poll.until(condition)) {
            throw new IllegalStateException("In vain waited for " + what + ":\n" + logs());
        }
    }

    private String logs() {
        return client.log() + servers.stream().map(ConsulAgent::log).collect(Collectors.joining("\n"));
    }
}
