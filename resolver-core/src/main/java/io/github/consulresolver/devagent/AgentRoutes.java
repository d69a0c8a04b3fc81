package io.github.consulresolver.devagent;

import static io.github.consulresolver.devagent.Route.Silence.NO_BODY;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/agent}: an application registers itself with the agent of its node.
 *
 * <p>Ids of instances and checks are looked for on the agent's own node first, then on all: a demonstration has other
 * nodes, but no agents on them.
 *
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/agent">Consul: agent HTTP API</a>
 */
final class AgentRoutes {
    private static final String MAINTENANCE = "_service_maintenance:";

    private final Settings settings;
    private final Catalog catalog;
    private final Bodies bodies;
    private final InetSocketAddress dns;

    AgentRoutes(Settings settings, Catalog catalog, InetSocketAddress dns) {
        this.settings = settings;
        this.catalog = catalog;
        this.bodies = new Bodies(settings.datacenter());
        this.dns = dns;
    }

    List<Route> routes() {
        return List.of(
                Route.put("/v1/agent/service/register", this::register),
                Route.put("/v1/agent/service/deregister/", this::deregister),
                Route.put("/v1/agent/service/maintenance/", this::maintenance),
                Route.put("/v1/agent/check/pass/", request -> report(request, Health.PASSING)),
                Route.put("/v1/agent/check/warn/", request -> report(request, Health.WARNING)),
                Route.put("/v1/agent/check/fail/", request -> report(request, Health.CRITICAL)),
                Route.get("/v1/agent/services", request -> services()),
                Route.get("/v1/agent/self", request -> self()));
    }

    private Object register(Request request) throws HttpFailure {
        JsonObject body = Json.read(request.body());
        String name = body.text("Name");
        if (name.isEmpty()) {
            throw new HttpFailure(400, "Missing service name");
        }
        Instance instance = Registrations.instance(body, name);
        if (request.flag("replace-existing-checks")) {
            catalog.editChecks(
                    settings.nodeName(),
                    instance.id(),
                    checks -> checks.stream()
                            .filter(check ->
                                    Checks.find(instance.checks(), check.id()).isPresent())
                            .toList());
        }
        catalog.putInstance(settings.nodeName(), instance);
        return NO_BODY;
    }

    private Object deregister(Request request) throws HttpFailure {
        String id = request.argument();
        catalog.removeInstance(nodeOfInstance(id), id);
        return NO_BODY;
    }

    private Object maintenance(Request request) throws HttpFailure {
        String id = request.argument("service ID");
        String enable = request.parameter("enable");
        if (enable.isEmpty()) {
            throw new HttpFailure(400, "Missing value for enable");
        }
        if (!enable.equals("true") && !enable.equals("false")) {
            throw new HttpFailure(400, "Invalid value for enable: \"" + enable + "\"");
        }
        String reason = request.parameter("reason");
        String checkId = MAINTENANCE + id;
        Check check = new Check(
                checkId,
                "Service Maintenance Mode",
                Health.CRITICAL,
                reason.isEmpty() ? "Maintenance mode is enabled for this service, but no reason was provided." : reason,
                "",
                "maintenance",
                Revision.NONE);
        catalog.editChecks(
                nodeOfInstance(id),
                id,
                checks -> enable.equals("true") ? Checks.with(checks, check) : Checks.without(checks, checkId));
        return NO_BODY;
    }

    private Object report(Request request, Health status) throws HttpFailure {
        String id = request.argument();
        Optional<String> node = catalog.nodeOfCheck(id, settings.nodeName());
        if (node.isEmpty()) {
            throw new HttpFailure(
                    404, "Unknown check ID \"" + id + "\". Ensure that the check ID is passed, not the check name.");
        }
        String output = request.parameter("note");
        catalog.editNodeChecks(node.get(), checks -> Checks.report(checks, id, status, output));
        for (Instance instance : catalog.instancesOn(node.get())) {
            catalog.editChecks(node.get(), instance.id(), checks -> Checks.report(checks, id, status, output));
        }
        return NO_BODY;
    }

    private Object services() {
        Map<String, Object> services = new LinkedHashMap<>();
        for (Instance instance : catalog.instancesOn(settings.nodeName())) {
            // The server registers itself with the catalogue, not with the agent.
            if (!instance.id().equals(DevAgent.SERVER)) {
                services.put(instance.id(), bodies.agentService(instance));
            }
        }
        return services;
    }

    private Object self() {
        Map<String, @Nullable Object> config = Json.object(
                "Datacenter",
                settings.datacenter(),
                "PrimaryDatacenter",
                settings.datacenter(),
                "NodeName",
                settings.nodeName(),
                "NodeID",
                "",
                "Revision",
                "",
                "Server",
                true,
                "Version",
                DevAgent.VERSION,
                "VersionMetadata",
                "devagent");
        return Json.object(
                "Config",
                config,
                "DebugConfig",
                debugConfig(),
                "Coord",
                null,
                "Member",
                Json.object(
                        "Name",
                        settings.nodeName(),
                        "Addr",
                        DevAgent.ADDRESS,
                        "Port",
                        0,
                        "Tags",
                        Map.of(),
                        "Status",
                        1),
                "Stats",
                Map.of("serf_lan", Map.of("members", "1")),
                "Meta",
                catalog.node(settings.nodeName()).map(Node::meta).orElse(Map.of()));
    }

    private Map<String, @Nullable Object> debugConfig() {
        String hostAndPort = hostAndPort(dns);
        Map<String, String> serviceTtls = new LinkedHashMap<>();
        settings.serviceTtls().forEach((name, ttl) -> serviceTtls.put(name, GoDuration.format(ttl)));
        return Json.object(
                "ACLsEnabled",
                false,
                "Datacenter",
                settings.datacenter(),
                "DNSARecordLimit",
                0,
                "DNSAddrs",
                List.of("tcp://" + hostAndPort, "udp://" + hostAndPort),
                "DNSAllowStale",
                true,
                "DNSAltDomain",
                "",
                "DNSCacheMaxAge",
                "0s",
                "DNSDisableCompression",
                false,
                "DNSDomain",
                settings.domain().toString(),
                "DNSEnableTruncate",
                false,
                "DNSMaxStale",
                "87600h0m0s",
                "DNSNodeMetaTXT",
                true,
                "DNSNodeTTL",
                GoDuration.format(settings.nodeTtl()),
                "DNSOnlyPassing",
                false,
                "DNSPort",
                dns.getPort(),
                "DNSRecursorStrategy",
                "sequential",
                "DNSRecursorTimeout",
                "2s",
                "DNSRecursors",
                List.of(),
                "DNSSOA",
                Json.object("Expire", 86_400, "Minttl", 0, "Refresh", 3600, "Retry", 600),
                "DNSServiceTTL",
                serviceTtls,
                "DNSUDPAnswerLimit",
                Settings.UDP_ANSWER_LIMIT,
                "DNSUseCache",
                false,
                "TranslateWANAddrs",
                false,
                "UseStreamingBackend",
                false);
    }

    private String nodeOfInstance(String id) throws HttpFailure {
        Optional<String> node = catalog.nodeOfInstance(id, settings.nodeName());
        if (node.isEmpty()) {
            throw new HttpFailure(
                    404,
                    "Unknown service ID \"" + id + "\". Ensure that the service ID is passed, not the service name.");
        }
        return node.get();
    }

    private static String hostAndPort(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
