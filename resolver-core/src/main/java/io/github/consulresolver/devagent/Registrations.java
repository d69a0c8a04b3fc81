package io.github.consulresolver.devagent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads instances and checks from the bodies that register them. */
final class Registrations {
    private Registrations() {}

    static Instance instance(JsonObject body, String name) throws HttpFailure {
        String id = body.text("ID").isEmpty() ? name : body.text("ID");
        return new Instance(
                id,
                name,
                body.texts("Tags"),
                body.text("Address"),
                port(body),
                weights(body),
                body.textMap("Meta"),
                agentChecks(body, id, name),
                Revision.NONE);
    }

    /** The checks of a body of {@code /v1/catalog/register}, which says what they found. */
    static Check catalogCheck(JsonObject body) throws HttpFailure {
        String id = body.text("CheckID").isEmpty() ? body.text("Name") : body.text("CheckID");
        return new Check(
                id,
                body.text("Name"),
                status(body).orElse(Health.CRITICAL),
                body.text("Notes"),
                body.text("Output"),
                "",
                Revision.NONE);
    }

    private static List<Check> agentChecks(JsonObject body, String id, String name) throws HttpFailure {
        List<JsonObject> all = new ArrayList<>();
        body.object("Check").ifPresent(all::add);
        all.addAll(body.objects("Checks"));
        List<Check> checks = new ArrayList<>();
        for (JsonObject one : all) {
            String standardId = "service:" + id + (all.size() == 1 ? "" : ":" + (checks.size() + 1));
            checks.add(agentCheck(one, standardId, name));
        }
        return checks;
    }

    /** A TTL check is critical until its application reports. There is nobody to run the others, so those pass. */
    private static Check agentCheck(JsonObject body, String standardId, String service) throws HttpFailure {
        boolean ttl = !body.text("TTL").isEmpty();
        return new Check(
                body.text("CheckID").isEmpty() ? standardId : body.text("CheckID"),
                body.text("Name").isEmpty() ? "Service '" + service + "' check" : body.text("Name"),
                status(body).orElse(ttl ? Health.CRITICAL : Health.PASSING),
                body.text("Notes"),
                "",
                ttl ? "ttl" : "",
                Revision.NONE);
    }

    private static Optional<Health> status(JsonObject body) throws HttpFailure {
        String word = body.text("Status");
        if (word.isEmpty()) {
            return Optional.empty();
        }
        Optional<Health> status = Health.ofWord(word);
        if (status.isEmpty()) {
            throw new HttpFailure(400, "Status for checks must 'passing', 'warning', 'critical'");
        }
        return status;
    }

    private static int port(JsonObject body) throws HttpFailure {
        int port = body.number("Port").orElse(0);
        if (port < 0 || port > 65_535) {
            throw new HttpFailure(400, "Invalid port: " + port + " is not within 0 to 65535");
        }
        return port;
    }

    private static Weights weights(JsonObject body) throws HttpFailure {
        Optional<JsonObject> weights = body.object("Weights");
        if (weights.isEmpty()) {
            return Weights.EQUAL;
        }
        try {
            return new Weights(
                    weights.get().number("Passing").orElse(1),
                    weights.get().number("Warning").orElse(1));
        } catch (IllegalArgumentException invalid) {
            throw new HttpFailure(400, String.valueOf(invalid.getMessage()));
        }
    }
}
