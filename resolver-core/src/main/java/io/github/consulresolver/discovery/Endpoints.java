package io.github.consulresolver.discovery;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The instances that a name has. It may be empty: the service is not registered, none of its instances is healthy, or none has a port.
 *
 * <p>Immutable and thread-safe. Two are equal when they have the same name and the same instances, in whatever order, of whatever age and
 * source, stale or not.
 */
public final class Endpoints {
    /** How it is known that the instances are these. */
    public enum Source {
        /** An agent answered so, {@link Endpoints#age} ago. */
        ANSWER,
        /** A live watch vouches for it: they are so now, whatever the age. */
        WATCH
    }

    private final ServiceName name;
    private final List<ServiceInstance> instances;
    private final boolean stale;
    private final Source source;
    private final long answered;
    private final LongSupplier clock;
    private final @Nullable Endpoints whole;

    /** Made with the first pick. Whoever makes it, it is the same; and it is safe to be seen without a lock, for all its fields are final. */
    private @Nullable WeightedChoice choice;

    Endpoints(ServiceName name, List<ServiceInstance> instances) {
        this(name, instances, false);
    }

    Endpoints(ServiceName name, List<ServiceInstance> instances, boolean stale) {
        this(name, instances, stale, Source.ANSWER, System.nanoTime(), System::nanoTime);
    }

    /**
     * The instances of an agent's answer.
     *
     * @param answered when the agent answered, by the {@code clock}
     * @param clock nanoseconds
     */
    Endpoints(
            ServiceName name,
            List<ServiceInstance> instances,
            boolean stale,
            Source source,
            long answered,
            LongSupplier clock) {
        this.name = name;
        this.instances = List.copyOf(instances);
        this.stale = stale;
        this.source = source;
        this.answered = answered;
        this.clock = clock;
        this.whole = null;
    }

    private Endpoints(Endpoints of, List<ServiceInstance> instances, @Nullable Endpoints whole) {
        this.name = of.name;
        this.instances = instances;
        this.stale = of.stale;
        this.source = of.source;
        this.answered = of.answered;
        this.clock = of.clock;
        this.whole = whole;
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
     * How long ago an agent said that the instances are these.
     *
     * @return 0 or more, more with each call
     */
    public Duration age() {
        return Duration.ofNanos(Math.max(0, clock.getAsLong() - answered));
    }

    /**
     * How it is known that the instances are these.
     *
     * @return how it was known when they were given
     */
    public Source source() {
        return source;
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
            throw nothingToPick();
        }
        WeightedChoice made = choice;
        if (made == null) {
            made = WeightedChoice.of(instances);
            choice = made;
        }
        return instances.get(made.pick(random));
    }

    /**
     * All instances in an order by RFC 2782, for those who try one after the other: by priority, and within a priority as {@link #pick} would draw
     * the first, then the next of what is left.
     *
     * @return them, unmodifiable, each time in an order that is drawn anew
     */
    public List<ServiceInstance> shuffled() {
        return WeightedOrder.of(instances, ThreadLocalRandom.current());
    }

    /**
     * The same without some of the instances: for another try after one has failed. As RFC 2782 has it, those of the next priority are picked
     * when all of the lowest are excluded.
     *
     * <pre>{@code
     * ServiceInstance second = endpoints.excluding(first).pick();
     * }</pre>
     *
     * @param tried instances that are not wanted, whatever their weight was then; those that are not among these do not count
     * @return endpoints that may be empty
     */
    public Endpoints excluding(ServiceInstance... tried) {
        List<ServiceInstance> rest = instances.stream()
                .filter(instance -> Arrays.stream(tried).noneMatch(instance::isSamePlace))
                .toList();
        return rest.size() == instances.size() ? this : new Endpoints(this, rest, whole());
    }

    /** These, or those from which these were left when some were excluded. */
    Endpoints whole() {
        return whole == null ? this : whole;
    }

    /** Whether none was excluded. */
    boolean isWhole() {
        return whole == null;
    }

    NoSuchElementException nothingToPick() {
        return new NoSuchElementException(
                whole().isEmpty() ? name + " has no healthy instance" : "all instances of " + name + " are excluded");
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Endpoints endpoints
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
        return name + (stale ? " (stale) " : " ") + instances;
    }
}
