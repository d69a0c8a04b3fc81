package io.github.consulresolver.devagent;

/** A health check, of a node or of an instance: whose list it is in, says which. */
record Check(String id, String name, Health status, String notes, String output, String type, Revision revision) {
    static Check of(String id, String name, Health status) {
        return new Check(id, name, status, "", "", "", Revision.NONE);
    }

    Check report(Health newStatus, String newOutput) {
        return new Check(id, name, newStatus, notes, newOutput, type, revision);
    }

    Check revised(Revision newRevision) {
        return new Check(id, name, status, notes, output, type, newRevision);
    }
}
