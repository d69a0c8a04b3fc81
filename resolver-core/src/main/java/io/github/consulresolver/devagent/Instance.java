package io.github.consulresolver.devagent;

import java.util.List;
import java.util.Map;

/** An instance of a service on a node; an empty address stands for the node's. */
record Instance(
        String id,
        String service,
        List<String> tags,
        String address,
        int port,
        Weights weights,
        Map<String, String> meta,
        List<Check> checks,
        Revision revision) {

    boolean hasTag(String tag) {
        return tags.stream().anyMatch(tag::equalsIgnoreCase);
    }

    /** Whether a check of it says the same of what it checks. */
    boolean hasSameChecked(Instance other) {
        return service.equals(other.service) && tags.equals(other.tags);
    }

    Instance checks(List<Check> newChecks) {
        return new Instance(id, service, tags, address, port, weights, meta, newChecks, revision);
    }

    Instance revised(Revision newRevision) {
        return new Instance(id, service, tags, address, port, weights, meta, checks, newRevision);
    }
}
