package io.github.consulresolver.consul;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a service as it is registered with Consul.
 *
 * @param node the node that it is registered on, or null for the agent's own
 * @param passingWeight the SRV weight while its checks pass, from 1 to 65,535
 * @param warningWeight the SRV weight while a check warns, from 0 to 65,535
 */
public record Instance(
        String service,
        String id,
        String address,
        int port,
        List<String> tags,
        int passingWeight,
        int warningWeight,
        Map<String, String> meta,
        Map<String, String> taggedAddresses,
        @Nullable Node node) {

    /** A node of the catalog that runs no agent. */
    public record Node(String name, String address) {}

    /** An instance on the agent's own node, with weights 1 and 1. */
    public static Instance of(String service, String address, int port) {
        String id = service + "-" + address.replaceAll("[.:]+", "-") + "-" + port;
        return new Instance(service, id, address, port, List.of(), 1, 1, Map.of(), Map.of(), null);
    }

    /**
     * Up to 65,536 instances, each on a node of its own in the catalog: addresses from 10.0.0.0 upwards, port 8080. That
     * is the quick way to a big service, and the agent's own node stays out of it.
     */
    public static List<Instance> many(String service, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "10.0." + (i >> 8) + "." + (i & 255))
                .map(address -> of(service, address, 8080).on("node-" + address.replace('.', '-'), address))
                .toList();
    }

    public Instance id(String other) {
        return new Instance(
                service, other, address, port, tags, passingWeight, warningWeight, meta, taggedAddresses, node);
    }

    public Instance tags(String... others) {
        return new Instance(
                service, id, address, port, List.of(others), passingWeight, warningWeight, meta, taggedAddresses, node);
    }

    public Instance weights(int passing, int warning) {
        return new Instance(service, id, address, port, tags, passing, warning, meta, taggedAddresses, node);
    }

    public Instance meta(Map<String, String> other) {
        return new Instance(
                service, id, address, port, tags, passingWeight, warningWeight, other, taggedAddresses, node);
    }

    /** Addresses by tag, {@code lan_ipv6} for example; each has this instance's port. */
    public Instance taggedAddresses(Map<String, String> others) {
        return new Instance(service, id, address, port, tags, passingWeight, warningWeight, meta, others, node);
    }

    public Instance on(String nodeName, String nodeAddress) {
        return new Instance(
                service,
                id,
                address,
                port,
                tags,
                passingWeight,
                warningWeight,
                meta,
                taggedAddresses,
                new Node(nodeName, nodeAddress));
    }

    /** Writes it as a JSON object; the agent's API calls the service's name {@code Name}, the catalog's {@code Service}. */
    void write(JsonGenerator json, String nameOfName) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", id);
        json.writeStringField(nameOfName, service);
        json.writeStringField("Address", address);
        json.writeNumberField("Port", port);
        json.writeArrayFieldStart("Tags");
        for (String tag : tags) {
            json.writeString(tag);
        }
        json.writeEndArray();
        json.writeObjectFieldStart("Weights");
        json.writeNumberField("Passing", passingWeight);
        json.writeNumberField("Warning", warningWeight);
        json.writeEndObject();
        json.writeObjectFieldStart("Meta");
        for (Map.Entry<String, String> entry : meta.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
        if (!taggedAddresses.isEmpty()) {
            json.writeObjectFieldStart("TaggedAddresses");
            for (Map.Entry<String, String> entry : taggedAddresses.entrySet()) {
                json.writeObjectFieldStart(entry.getKey());
                json.writeStringField("Address", entry.getValue());
                json.writeNumberField("Port", port);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }
}
