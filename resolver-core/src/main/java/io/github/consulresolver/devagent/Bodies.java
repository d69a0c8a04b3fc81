package io.github.consulresolver.devagent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP API shows of the catalogue: the members of Consul's own bodies that tell of nodes, instances and
 * checks.
 */
final class Bodies {
    private final String datacenter;

    Bodies(String datacenter) {
        this.datacenter = datacenter;
    }

    Map<String, @Nullable Object> node(Node node) {
        return Json.object(
                "ID", "",
                "Node", node.name(),
                "Address", node.address(),
                "Datacenter", datacenter,
                "TaggedAddresses", null,
                "Meta", orNull(node.meta()),
                "CreateIndex", node.revision().created(),
                "ModifyIndex", node.revision().modified());
    }

    Map<String, @Nullable Object> service(Instance instance) {
        return Json.object(
                "ID", instance.id(),
                "Service", instance.service(),
                "Tags", instance.tags(),
                "Address", instance.address(),
                "Meta", orNull(instance.meta()),
                "Port", instance.port(),
                "Weights", weights(instance),
                "EnableTagOverride", false,
                "Proxy", proxy(),
                "Connect", Map.of(),
                "PeerName", "",
                "CreateIndex", instance.revision().created(),
                "ModifyIndex", instance.revision().modified());
    }

    /** As in {@code /v1/agent/services}, which knows no indexes. */
    Map<String, @Nullable Object> agentService(Instance instance) {
        return Json.object(
                "ID", instance.id(),
                "Service", instance.service(),
                "Tags", instance.tags(),
                "Meta", instance.meta(),
                "Port", instance.port(),
                "Address", instance.address(),
                "Weights", weights(instance),
                "EnableTagOverride", false,
                "Datacenter", datacenter);
    }

    /** As in {@code /v1/catalog/service}, where node and instance are one. */
    Map<String, @Nullable Object> catalogService(Entry entry) {
        Node node = entry.node();
        Instance instance = entry.instance();
        return Json.object(
                "ID", "",
                "Node", node.name(),
                "Address", node.address(),
                "Datacenter", datacenter,
                "TaggedAddresses", null,
                "NodeMeta", node.meta(),
                "ServiceKind", "",
                "ServiceID", instance.id(),
                "ServiceName", instance.service(),
                "ServiceTags", instance.tags(),
                "ServiceAddress", instance.address(),
                "ServiceWeights", weights(instance),
                "ServiceMeta", instance.meta(),
                "ServicePort", instance.port(),
                "ServiceSocketPath", "",
                "ServiceEnableTagOverride", false,
                "ServiceProxy", proxy(),
                "ServiceConnect", Map.of(),
                "ServiceLocality", null,
                "CreateIndex", instance.revision().created(),
                "ModifyIndex", instance.revision().modified());
    }

    /** As in {@code /v1/health/state}: all checks of a node and of the instances on it. */
    List<Map<String, @Nullable Object>> checks(Node node, Collection<Instance> instances) {
        List<Map<String, @Nullable Object>> checks = new ArrayList<>();
        node.checks().forEach(check -> checks.add(check(node, check, "", "", List.of())));
        instances.forEach(instance -> checks.addAll(checksOf(node, instance)));
        return checks;
    }

    private static List<Map<String, @Nullable Object>> checksOf(Node node, Instance instance) {
        List<Map<String, @Nullable Object>> checks = new ArrayList<>();
        instance.checks()
                .forEach(check -> checks.add(check(node, check, instance.id(), instance.service(), instance.tags())));
        return checks;
    }

    /** As in {@code /v1/health/service}. */
    Map<String, @Nullable Object> healthService(Entry entry) {
        Instance instance = entry.instance();
        return Json.object(
                "Node", node(entry.node()),
                "Service", service(instance),
                "Checks", checks(entry.node(), List.of(instance)));
    }

    private static Map<String, @Nullable Object> check(
            Node node, Check check, String serviceId, String serviceName, List<String> serviceTags) {
        return Json.object(
                "Node", node.name(),
                "CheckID", check.id(),
                "Name", check.name(),
                "Status", check.status().word(),
                "Notes", check.notes(),
                "Output", check.output(),
                "ServiceID", serviceId,
                "ServiceName", serviceName,
                "ServiceTags", serviceTags,
                "Type", check.type(),
                "Interval", "",
                "Timeout", "",
                "ExposedPort", 0,
                "Definition", Map.of(),
                "CreateIndex", check.revision().created(),
                "ModifyIndex", check.revision().modified());
    }

    private static Map<String, @Nullable Object> weights(Instance instance) {
        return Json.object(
                "Passing", instance.weights().passing(),
                "Warning", instance.weights().warning());
    }

    /** Most bodies of Consul show metadata that is not there as null. */
    private static @Nullable Object orNull(Map<String, String> meta) {
        return meta.isEmpty() ? null : meta;
    }

    private static Map<String, @Nullable Object> proxy() {
        return Json.object("Mode", "", "MeshGateway", Map.of(), "Expose", Map.of());
    }
}
