package io.github.consulresolver.devagent;

/** An instance and the node it runs on. */
record Entry(Node node, Instance instance) {
    Health health() {
        return Checks.worst(node.checks()).worse(Checks.worst(instance.checks()));
    }

    String address() {
        return instance.address().isEmpty() ? node.address() : instance.address();
    }
}
