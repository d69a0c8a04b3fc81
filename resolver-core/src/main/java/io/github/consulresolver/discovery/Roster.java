package io.github.consulresolver.discovery;

import io.github.consulresolver.discovery.Strategy.Chooser;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Among which instances a {@link LoadBalancer} chooses, prepared for choosing. Immutable: another takes its place when the endpoints are others,
 * an instance is ejected, or an ejection is over.
 *
 * @param members all instances, in an order that stays
 * @param panics whether more are ejected than may be, so that no ejection counts
 * @param hasEjected whether one is ejected
 * @param until when the first ejection is over
 */
record Roster(
        Endpoints endpoints, List<Member> members, Chooser chooser, boolean panics, boolean hasEjected, long until) {

    static Roster of(Endpoints endpoints, List<Member> members, Strategy strategy, double mostEjected, long now) {
        List<Member> ejected = members.stream()
                .filter(member -> member.outcomes().isEjected(now))
                .toList();
        boolean panics = ejected.size() > mostEjected * members.size();
        List<Member> candidates =
                candidates(members, member -> panics || !member.outcomes().isEjected(now));
        long first = ejected.stream()
                .mapToLong(member -> member.outcomes().until() - now)
                .min()
                .orElse(0);
        return new Roster(endpoints, members, strategy.among(candidates), panics, !ejected.isEmpty(), now + first);
    }

    /** Whether an ejection is over by now. */
    boolean isOver(long now) {
        return hasEjected && until - now <= 0;
    }

    /** The candidates when only some members are wanted. */
    List<Member> candidates(Endpoints wanted, long now) {
        Set<ServiceInstance> instances = Set.copyOf(wanted.instances());
        List<Member> rest = members.stream()
                .filter(member -> instances.contains(member.instance()))
                .toList();
        return candidates(rest, member -> panics || !member.outcomes().isEjected(now));
    }

    /** Those that are well, or all when none is; of these the lowest priority; of these the near ones, or all when none is near. */
    private static List<Member> candidates(List<Member> members, Predicate<Member> isWell) {
        List<Member> well = those(members, isWell);
        int lowest = well.stream()
                .mapToInt(member -> member.instance().priority())
                .min()
                .orElseThrow();
        return those(those(well, member -> member.instance().priority() == lowest), Member::isNear);
    }

    private static List<Member> those(List<Member> members, Predicate<Member> wanted) {
        List<Member> found = members.stream().filter(wanted).toList();
        return found.isEmpty() ? members : found;
    }
}
