package io.github.consulresolver.discovery;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * The instances that a name has. It may be empty: the service is not registered, or none of its instances is healthy.
 *
 * <p>Immutable. Two are equal when they have the same name and the same instances, in whatever order, stale or not.
 */
public final class Endpoints {
    private final ServiceName name;
    private final List<ServiceInstance> instances;
    private final Selection selection;
    private final boolean stale;

    Endpoints(ServiceName name, List<ServiceInstance> instances) {
        this(name, instances, false);
    }

    Endpoints(ServiceName name, List<ServiceInstance> instances, boolean stale) {
        this.name = name;
        this.stale = stale;
        this.instances = List.copyOf(instances);
        selection = new Selection(this.instances);
    }

    /**
     * Whose instances these are.
     *
     * @return the name that was resolved
     */
    public ServiceName name() {
        return name;
    }

    /**
     * All instances.
     *
     * @return them, unmodifiable, in the agent's order. That means nothing: whoever always takes the first loads one instance with
     *     everything; {@link #pick} does not
     */
    public List<ServiceInstance> instances() {
        return instances;
    }

    /**
     * Whether there is no instance.
     *
     * @return true when {@link #pick} would fail
     */
    public boolean isEmpty() {
        return instances.isEmpty();
    }

    /**
     * Whether these are the last instances that were known, because no agent says which there are now. That is how they were a minute ago at
     * most; up to an hour ago while all agents are silent or without a leader.
     *
     * @return true when no newer answer could be had
     */
    public boolean isStale() {
        return stale;
    }

    /**
     * One instance by RFC 2782: of those with the lowest priority, each with a probability in proportion to its weight. Those with weight 0
     * count together as one of weight 1.
     *
     * @return an instance, each time drawn anew
     * @throws NoSuchElementException when there is none: ask {@link #isEmpty} first where that is no error
     */
    public ServiceInstance pick() {
        return pick(ThreadLocalRandom.current());
    }

    ServiceInstance pick(RandomGenerator random) {
        if (isEmpty()) {
            throw new NoSuchElementException(name + " has no healthy instance");
        }
        return selection.pick(random);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoints endpoints
                && name.equals(endpoints.name)
                && Set.copyOf(instances).equals(Set.copyOf(endpoints.instances));
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Set.copyOf(instances).hashCode();
    }

    /**
     * The endpoints for a log.
     *
     * @return name and instances
     */
    @Override
    public String toString() {
        return name + " " + instances;
    }
}
