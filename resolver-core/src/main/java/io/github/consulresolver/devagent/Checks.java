package io.github.consulresolver.devagent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists of checks, in which each id is once. */
final class Checks {
    private Checks() {}

    static Health worst(List<Check> checks) {
        Health worst = Health.PASSING;
        for (Check check : checks) {
            worst = worst.worse(check.status());
        }
        return worst;
    }

    static Optional<Check> find(List<Check> checks, String id) {
        return checks.stream().filter(check -> check.id().equals(id)).findFirst();
    }

    static List<Check> without(List<Check> checks, String id) {
        return checks.stream().filter(check -> !check.id().equals(id)).toList();
    }

    static List<Check> with(List<Check> checks, Check added) {
        List<Check> all = new ArrayList<>(without(checks, added.id()));
        all.add(added);
        return List.copyOf(all);
    }

    static List<Check> report(List<Check> checks, String id, Health status, String output) {
        return checks.stream()
                .map(check -> check.id().equals(id) ? check.report(status, output) : check)
                .toList();
    }

    /** The new checks, each with the revision it has earned: that of the old check where nothing about it changed. */
    static List<Check> revised(List<Check> before, List<Check> after, long index) {
        return after.stream()
                .map(check -> {
                    Revision old = find(before, check.id()).map(Check::revision).orElse(Revision.NONE);
                    return before.contains(check.revised(old))
                            ? check.revised(old)
                            : check.revised(old.changedAt(index));
                })
                .toList();
    }
}
