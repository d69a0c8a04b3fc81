package io.github.consulresolver.devagent;

import java.util.List;
import java.util.Map;

/** A node of the catalogue, with the checks that concern all of its instances. */
record Node(String name, String address, Map<String, String> meta, List<Check> checks, Revision revision) {
    static Node of(String name, String address, Map<String, String> meta) {
        return new Node(name, address, meta, List.of(), Revision.NONE);
    }

    Node checks(List<Check> newChecks) {
        return new Node(name, address, meta, newChecks, revision);
    }

    Node revised(Revision newRevision) {
        return new Node(name, address, meta, checks, newRevision);
    }
}
