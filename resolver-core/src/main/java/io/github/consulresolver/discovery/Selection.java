package io.github.consulresolver.discovery;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Weighted random choice, as RFC 2782 (page 3) has it: the instances of the lowest priority, those with weight 0 first, each with the sum
 * of all weights so far. A number is drawn, and the first instance whose sum reaches it is taken.
 *
 * <p>The RFC draws from 0. Where no weight is 0 that gives the first instance a share that is not its own, so there it is from 1. Where
 * several are 0, the first of them would take the share of all: those draw again.
 */
final class Selection {
    private final ServiceInstance[] instances;
    private final int[] sums;
    private final int weightless;

    Selection(List<ServiceInstance> all) {
        int lowest = all.stream().mapToInt(ServiceInstance::priority).min().orElse(0);
        List<ServiceInstance> group =
                all.stream().filter(instance -> instance.priority() == lowest).toList();
        List<ServiceInstance> zeros =
                group.stream().filter(instance -> instance.weight() == 0).toList();
        weightless = zeros.size();
        instances = Stream.concat(zeros.stream(), group.stream().filter(instance -> instance.weight() > 0))
                .toArray(ServiceInstance[]::new);
        sums = new int[instances.length];
        for (int i = 0; i < instances.length; i++) {
            sums[i] = instances[i].weight() + (i == 0 ? 0 : sums[i - 1]);
        }
    }

    /** One of the instances, of which there is at least one. */
    ServiceInstance pick(RandomGenerator random) {
        int drawn = random.nextInt(weightless > 0 ? 0 : 1, sums[sums.length - 1] + 1);
        if (drawn == 0) {
            return instances[random.nextInt(weightless)];
        }
        // With weight 0 out of the way each sum is there once.
        int place = Arrays.binarySearch(sums, weightless, sums.length, drawn);
        return instances[place < 0 ? -place - 1 : place];
    }
}
