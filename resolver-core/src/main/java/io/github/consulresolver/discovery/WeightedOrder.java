package io.github.consulresolver.discovery;

import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All instances in a random order, as RFC 2782 (page 3) has them tried.
 *
 * <p>Each waits for a random time whose mean is the less the more its share is, and they come in the order of their times: so the first is any of
 * them in proportion to the shares, and the next any of the others. That takes a sort, where drawing them one by one would take the square.
 */
final class WeightedOrder {
    private WeightedOrder() {}

    static List<ServiceInstance> of(List<ServiceInstance> instances, RandomGenerator random) {
        return instances.stream()
                .collect(Collectors.groupingBy(ServiceInstance::priority, TreeMap::new, Collectors.toList()))
                .values()
                .stream()
                .flatMap(alike -> ordered(alike, random))
                .toList();
    }

    private record Turn(double time, ServiceInstance instance) {}

    private static Stream<ServiceInstance> ordered(List<ServiceInstance> alike, RandomGenerator random) {
        long[] shares = WeightedChoice.shares(
                alike.stream().mapToInt(ServiceInstance::weight).toArray());
        return IntStream.range(0, shares.length)
                .mapToObj(i -> new Turn(random.nextExponential() / shares[i], alike.get(i)))
                .sorted(Comparator.comparingDouble(Turn::time))
                .map(Turn::instance);
    }
}
