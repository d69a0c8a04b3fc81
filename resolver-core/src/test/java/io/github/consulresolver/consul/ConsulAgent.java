package io.github.consulresolver.consul;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * A real Consul agent: one server, leader of itself, on free ports of 127.0.0.1, with a directory of its own. It ends
 * when it is closed, and at the latest when this JVM ends, in whatever way.
 *
 * <p>Calls that change something return when the agent's answers show it. For one thread at a time.
 */
public final class ConsulAgent implements AutoCloseable {

    private static final int ATTEMPTS = 5;
    // Consul takes at most 64 operations in a transaction, and each instance is two.
    private static final int INSTANCES_PER_TRANSACTION = 32;

    private final Consul consul;
    private final AgentPorts ports;
    private final AgentProcess process;
    private final AgentHttp http;
    private boolean running;
    private boolean paused;

    private ConsulAgent(Consul consul, AgentPorts ports, String config) {
        this.consul = consul;
        this.ports = ports;
        process = consul.agent(ports, config);
        http = new AgentHttp(httpAddress());
    }

    /**
     * Starts an agent and waits until it leads and has registered itself.
     *
     * @param config more configuration as a JSON object, {@code {}} for none
     * @throws IllegalStateException with the agent's log, if it ends or is not ready within half a minute
     */
    public static ConsulAgent start(Consul consul, String config) {
        for (int attempt = 1; ; attempt++) {
            ConsulAgent agent = new ConsulAgent(consul, AgentPorts.free(), config);
            if (agent.tryStart()) {
                return agent;
            }
            String log = agent.process.log();
            boolean isCollision = agent.lostItsPorts();
            agent.close();
            if (!isCollision || attempt == ATTEMPTS) {
                throw new IllegalStateException("Consul " + consul.version() + " did not start:\n" + log);
            }
        }
    }

    /** Starts an agent on these ports and returns at once: one of several, that is ready when enough of them are. */
    static ConsulAgent begin(Consul consul, AgentPorts ports, String config) {
        ConsulAgent agent = new ConsulAgent(consul, ports, config);
        agent.beginAgain();
        return agent;
    }

    /** The version as {@code consul version} tells it, without the {@code v}. */
    public String version() {
        return consul.version();
    }

    /** Where it answers DNS, over UDP and TCP. */
    public InetSocketAddress dnsAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.dns());
    }

    /** Where it answers HTTP. */
    public InetSocketAddress httpAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.http());
    }

    /** GETs a path of the HTTP API; anything but 200 is an {@link IllegalStateException} with the agent's words. */
    public String get(String path) {
        return http.get(path);
    }

    /** PUTs a text to a path of the HTTP API; anything but 200 is an {@link IllegalStateException}. */
    public String put(String path, String json) {
        return http.put(path, json);
    }

    /** POSTs a text to a path of the HTTP API; anything but 200 is an {@link IllegalStateException}. */
    public String post(String path, String json) {
        return http.post(path, json);
    }

    public void register(Instance... instances) {
        register(List.of(instances));
    }

    /** Registers with the agent, or, all in one go, in the catalog where an instance has a node of its own. */
    public void register(Collection<Instance> instances) {
        List<Instance> own = instances.stream().filter(i -> i.node() == null).toList();
        List<Instance> others = instances.stream().filter(i -> i.node() != null).toList();
        for (int from = 0; from < others.size(); from += INSTANCES_PER_TRANSACTION) {
            registerInCatalog(others.subList(from, Math.min(from + INSTANCES_PER_TRANSACTION, others.size())));
        }
        for (Instance instance : own) {
            put("/v1/agent/service/register", AgentHttp.json(json -> instance.write(json, "Name")));
        }
        for (Instance instance : own) {
            await(instance + " in the catalog", () -> isInCatalog(instance));
        }
    }

    public void deregister(Instance instance) {
        Instance.Node node = instance.node();
        if (node == null) {
            put("/v1/agent/service/deregister/" + instance.id(), "");
            await(instance + " gone from the catalog", () -> !isInCatalog(instance));
        } else {
            put("/v1/catalog/deregister", AgentHttp.json(json -> {
                json.writeStartObject();
                json.writeStringField("Node", node.name());
                json.writeStringField("ServiceID", instance.id());
                json.writeEndObject();
            }));
        }
    }

    /** Gives the instance one health check of this state, in place of the one it had from here. */
    public void setStatus(Instance instance, Status status) {
        Instance.Node node = instance.node();
        String check = "status-of-" + instance.id();
        if (node == null) {
            put("/v1/agent/check/register", AgentHttp.json(json -> {
                json.writeStartObject();
                json.writeStringField("ID", check);
                json.writeStringField("Name", check);
                json.writeStringField("ServiceID", instance.id());
                json.writeStringField("TTL", "24h");
                json.writeStringField("Status", status.word());
                json.writeEndObject();
            }));
            // An agent keeps the state of a check that it knows already.
            put("/v1/agent/check/update/" + check, "{\"Status\": \"" + status.word() + "\"}");
            await(check + " " + status.word(), () -> statusOf(instance, check).contains(status.word()));
        } else {
            put("/v1/catalog/register", AgentHttp.json(json -> {
                json.writeStartObject();
                json.writeStringField("Node", node.name());
                json.writeStringField("Address", node.address());
                json.writeObjectFieldStart("Check");
                json.writeStringField("CheckID", check);
                json.writeStringField("Name", check);
                json.writeStringField("ServiceID", instance.id());
                json.writeStringField("Status", status.word());
                json.writeEndObject();
                json.writeEndObject();
            }));
        }
    }

    /** Stops it from running; its sockets stay open and take what comes (SIGSTOP). */
    public void pause() {
        unchecked(process::pause);
        paused = true;
    }

    /** Lets it run on after {@link #pause()}, and waits until it answers. */
    public void resume() {
        unchecked(process::resume);
        paused = false;
        await("Consul running on", this::isReady);
    }

    /** Ends it without warning (SIGKILL); its data stays. */
    public void kill() {
        unchecked(process::kill);
        running = false;
        paused = false;
    }

    /** Starts it again with the same ports and data, and waits until it leads; if it runs, it is killed first. */
    public void restart() {
        kill();
        for (int attempt = 1; !tryStart(); attempt++) {
            if (!lostItsPorts() || attempt == ATTEMPTS) {
                throw new IllegalStateException("Consul " + version() + " did not start again:\n" + process.log());
            }
            kill();
        }
    }

    /** The same without its data: it knows nothing, and its indexes begin anew. */
    public void restartEmpty() {
        kill();
        unchecked(process::wipe);
        restart();
    }

    /** Starts it again after {@link #kill()}, and returns at once. */
    void beginAgain() {
        unchecked(process::start);
        running = true;
    }

    boolean isRunning() {
        return running;
    }

    /** What it wrote since its last start. */
    String log() {
        return process.log();
    }

    /** The address of the leader it knows; empty where it knows none. */
    String leader() {
        return http.told("/v1/status/leader").replace("\"", "").strip();
    }

    /** A number that a server's Raft tells of itself; -1 where it tells nothing. */
    long raft(String number) {
        return AgentHttp.values(http.told("/v1/agent/self"), number).stream()
                .mapToLong(Long::parseLong)
                .max()
                .orElse(-1);
    }

    /** Makes it run and answer again, whatever a test did to it. */
    void recover() {
        if (paused) {
            resume();
        } else if (!running) {
            restart();
        }
    }

    @Override
    public void close() {
        process.close();
    }

    private boolean tryStart() {
        unchecked(process::start);
        running = Poll.until(() -> !process.isAlive() || isReady()) && process.isAlive();
        return running;
    }

    /** Its own service, and what it tells of its own node: that comes some hundred milliseconds later, and into the answers of DNS. */
    boolean isReady() {
        return http.tells("/v1/health/service/consul?passing", "consul-network-segment");
    }

    boolean lostItsPorts() {
        return process.log().contains("address already in use");
    }

    private void registerInCatalog(List<Instance> instances) {
        put("/v1/txn", AgentHttp.json(json -> {
            json.writeStartArray();
            for (Instance instance : instances) {
                Instance.Node node = Objects.requireNonNull(instance.node());
                json.writeStartObject();
                json.writeObjectFieldStart("Node");
                json.writeStringField("Verb", "set");
                json.writeObjectFieldStart("Node");
                json.writeStringField("Node", node.name());
                json.writeStringField("Address", node.address());
                json.writeEndObject();
                json.writeEndObject();
                json.writeEndObject();
                json.writeStartObject();
                json.writeObjectFieldStart("Service");
                json.writeStringField("Verb", "set");
                json.writeStringField("Node", node.name());
                json.writeFieldName("Service");
                instance.write(json, "Service");
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }));
    }

    private boolean isInCatalog(Instance instance) {
        String entries = get("/v1/catalog/service/" + instance.service());
        return AgentHttp.values(entries, "ServiceID").contains(instance.id());
    }

    private List<String> statusOf(Instance instance, String check) {
        String filter = URLEncoder.encode("CheckID == \"" + check + "\"", UTF_8);
        return AgentHttp.values(get("/v1/health/checks/" + instance.service() + "?filter=" + filter), "Status");
    }

    private void await(String what, BooleanSupplier condition) {
        if (!Poll.until(condition)) {
            throw new IllegalStateException("In vain waited for " + what + ":\n" + process.log());
        }
    }

    private static void unchecked(Action action) {
        try {
            action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Action {
        void run() throws IOException;
    }
}
