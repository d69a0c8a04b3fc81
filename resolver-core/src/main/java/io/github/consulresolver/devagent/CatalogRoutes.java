package io.github.consulresolver.devagent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/catalog}, {@code /v1/health} and {@code /v1/status}: what is registered in the datacenter, with blocking
 * queries.
 *
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/catalog">Consul: catalog HTTP API</a>
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/health">Consul: health HTTP API</a>
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/features/blocking">Consul: blocking queries</a>
 */
final class CatalogRoutes {
    private final Settings settings;
    private final Catalog catalog;
    private final Bodies bodies;

    CatalogRoutes(Settings settings, Catalog catalog) {
        this.settings = settings;
        this.catalog = catalog;
        this.bodies = new Bodies(settings.datacenter());
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                        "/v1/catalog/services",
                        request -> catalog.servicesIndex(),
                        request -> Filter.of(request).ofServices(catalog.services())),
                Route.get(
                        "/v1/catalog/service/",
                        this::serviceIndex,
                        request -> Filter.of(request)
                                .through(selected(request).stream()
                                        .map(bodies::catalogService)
                                        .toList())),
                Route.get(
                        "/v1/catalog/nodes",
                        request -> catalog.nodesIndex(),
                        request -> Filter.of(request)
                                .through(catalog.nodes().stream()
                                        .map(bodies::node)
                                        .toList())),
                Route.get("/v1/catalog/node/", request -> catalog.nodeIndex(request.argument("node name")), this::node),
                Route.put("/v1/catalog/register", this::register),
                Route.put("/v1/catalog/deregister", this::deregister),
                Route.get("/v1/health/service/", this::serviceIndex, this::health),
                Route.get("/v1/health/connect/", this::serviceIndex, request -> List.of()),
                Route.get("/v1/health/ingress/", this::serviceIndex, request -> List.of()),
                Route.get("/v1/health/state/", request -> catalog.checksIndex(), this::state),
                Route.get("/v1/config/", request -> 1, request -> List.of()),
                Route.get("/v1/query", request -> 1, request -> List.of()),
                Route.get("/v1/status/leader", request -> DevAgent.ADDRESS + ":" + DevAgent.SERVER_PORT));
    }

    private long serviceIndex(Request request) throws HttpFailure {
        return catalog.indexOf(request.argument("service name"));
    }

    /** The instances that have all the tags of the request. */
    private List<Entry> selected(Request request) {
        return catalog.instancesOf(request.argument()).stream()
                .filter(entry -> request.all("tag").stream().allMatch(entry.instance()::hasTag))
                .toList();
    }

    private Object health(Request request) throws HttpFailure {
        boolean passing = request.flag("passing");
        return Filter.of(request)
                .through(selected(request).stream()
                        .filter(entry -> !passing || entry.health() == Health.PASSING)
                        .map(bodies::healthService)
                        .toList());
    }

    private Object state(Request request) throws HttpFailure {
        String state = request.argument("check state");
        return Filter.of(request)
                .through(catalog.nodes().stream()
                        .flatMap(node -> bodies.checks(node, catalog.instancesOn(node.name())).stream())
                        .filter(check -> state.equals("any") || state.equals(check.get("Status")))
                        .toList());
    }

    private @Nullable Object node(Request request) {
        Optional<Node> node = catalog.node(request.argument());
        if (node.isEmpty()) {
            return null;
        }
        Map<String, Object> services = new LinkedHashMap<>();
        catalog.instancesOn(request.argument())
                .forEach(instance -> services.put(instance.id(), bodies.service(instance)));
        return Json.object("Node", bodies.node(node.get()), "Services", services);
    }

    private Object register(Request request) throws HttpFailure {
        JsonObject body = Json.read(request.body());
        String name = requireNode(body);
        boolean known = catalog.node(name).isPresent();
        boolean keep = body.flag("SkipNodeUpdate");
        if (body.text("Address").isEmpty() && !(keep && known)) {
            throw new HttpFailure(500, "Must provide address if SkipNodeUpdate is not set");
        }
        Optional<JsonObject> service = body.object("Service").filter(object -> !object.isEmpty());
        Optional<Instance> instance =
                service.isEmpty() ? Optional.empty() : Optional.of(catalogInstance(service.get(), body));
        for (JsonObject check : checks(body)) {
            requireService(name, instance, check.text("ServiceID"), Registrations.catalogCheck(check));
        }
        if (!(keep && known)) {
            catalog.putNode(Node.of(name, body.text("Address"), body.textMap("NodeMeta")));
        }
        instance.ifPresent(one -> catalog.putInstance(name, one));
        for (JsonObject check : checks(body)) {
            Check reported = Registrations.catalogCheck(check);
            String serviceId = check.text("ServiceID");
            if (serviceId.isEmpty()) {
                catalog.editNodeChecks(name, checks -> Checks.with(checks, reported));
            } else {
                catalog.editChecks(name, serviceId, checks -> Checks.with(checks, reported));
            }
        }
        return true;
    }

    /** The instance with those checks of the same body that are its own, so that it is never seen without. */
    private static Instance catalogInstance(JsonObject service, JsonObject body) throws HttpFailure {
        Instance instance = Registrations.instance(service, service.text("Service"));
        List<Check> checks = List.of();
        for (JsonObject check : checks(body)) {
            if (check.text("ServiceID").equals(instance.id())) {
                checks = Checks.with(checks, Registrations.catalogCheck(check));
            }
        }
        return instance.checks(checks);
    }

    /** Asked before anything is written: Consul registers all of a body or nothing. */
    private void requireService(String node, Optional<Instance> added, String serviceId, Check check)
            throws HttpFailure {
        boolean known = serviceId.isEmpty()
                || added.filter(instance -> instance.id().equals(serviceId)).isPresent()
                || catalog.instancesOn(node).stream()
                        .anyMatch(instance -> instance.id().equals(serviceId));
        if (!known) {
            throw new HttpFailure(500, "Unknown service ID '" + serviceId + "' for check ID '" + check.id() + "'");
        }
    }

    private static List<JsonObject> checks(JsonObject body) throws HttpFailure {
        Optional<JsonObject> one = body.object("Check").filter(object -> !object.isEmpty());
        return one.isPresent() ? List.of(one.get()) : body.objects("Checks");
    }

    private Object deregister(Request request) throws HttpFailure {
        JsonObject body = Json.read(request.body());
        String node = requireNode(body);
        String serviceId = body.text("ServiceID");
        String checkId = body.text("CheckID");
        if (!serviceId.isEmpty()) {
            catalog.removeInstance(node, serviceId);
        } else if (!checkId.isEmpty()) {
            catalog.editNodeChecks(node, checks -> Checks.without(checks, checkId));
            for (Instance instance : catalog.instancesOn(node)) {
                catalog.editChecks(node, instance.id(), checks -> Checks.without(checks, checkId));
            }
        } else if (!node.equalsIgnoreCase(settings.nodeName())) {
            // A real agent brings its own node back at once.
            catalog.removeNode(node);
        }
        return true;
    }

    private String requireNode(JsonObject body) throws HttpFailure {
        String datacenter = body.text("Datacenter");
        if (!datacenter.isEmpty() && !datacenter.equalsIgnoreCase(settings.datacenter())) {
            throw new HttpFailure(500, "No path to datacenter");
        }
        if (body.text("Node").isEmpty()) {
            throw new HttpFailure(500, "Must provide node");
        }
        return body.text("Node");
    }
}
