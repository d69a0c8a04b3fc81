package io.github.consulresolver.devagent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The nodes and instances that are registered, and the indexes by which blocking queries see that something changed.
 *
 * <p>Indexes move as Consul's do: one per service and one per node while they exist, that of the last removal for those
 * that do not. That of all nodes moves with their instances, too. A write that changes nothing moves none. Thread-safe.
 */
final class Catalog {
    private static final class Place {
        Node node;
        final NavigableMap<String, Instance> instances = new TreeMap<>();
        long index;

        Place(Node node) {
            this.node = node;
        }
    }

    private final NavigableMap<String, Place> places = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final NavigableMap<String, Long> serviceIndexes = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    private long index = 1;
    private long nodesIndex = 1;
    private long servicesIndex = 1;
    private long checksIndex = 1;
    private long lastNodeRemoval = 1;
    private long lastServiceRemoval;

    /** The listener runs after each change, on the thread that made it, and has to return at once. */
    void listen(Runnable listener) {
        listeners.add(listener);
    }

    void unlisten(Runnable listener) {
        listeners.remove(listener);
    }

    // Reading. Who also wants an index asks for the index first: then the data is at least as new.

    synchronized List<Entry> instancesOf(String service) {
        List<Entry> found = new ArrayList<>();
        for (Place place : places.values()) {
            for (Instance instance : place.instances.values()) {
                if (instance.service().equalsIgnoreCase(service)) {
                    found.add(new Entry(place.node, instance));
                }
            }
        }
        return found;
    }

    synchronized long indexOf(String service) {
        Long own = serviceIndexes.get(service);
        if (own != null) {
            return own;
        }
        return lastServiceRemoval > 0 ? lastServiceRemoval : Math.max(nodesIndex, Math.max(servicesIndex, checksIndex));
    }

    /** The names of all services, each with all tags of its instances. */
    synchronized NavigableMap<String, Set<String>> services() {
        NavigableMap<String, Set<String>> all = new TreeMap<>();
        for (Place place : places.values()) {
            for (Instance instance : place.instances.values()) {
                all.computeIfAbsent(instance.service(), name -> new TreeSet<>()).addAll(instance.tags());
            }
        }
        return all;
    }

    synchronized long servicesIndex() {
        return servicesIndex;
    }

    /** The index of all checks, of nodes and of instances. */
    synchronized long checksIndex() {
        return checksIndex;
    }

    synchronized List<Node> nodes() {
        return places.values().stream().map(place -> place.node).toList();
    }

    synchronized long nodesIndex() {
        return nodesIndex;
    }

    synchronized Optional<Node> node(String name) {
        return Optional.ofNullable(places.get(name)).map(place -> place.node);
    }

    synchronized Collection<Instance> instancesOn(String node) {
        Place place = places.get(node);
        return place == null ? List.of() : List.copyOf(place.instances.values());
    }

    synchronized long nodeIndex(String name) {
        Place place = places.get(name);
        return place == null ? lastNodeRemoval : place.index;
    }

    /** The node that has an instance with this id, the preferred one if it does. */
    synchronized Optional<String> nodeOfInstance(String id, String preferred) {
        return nodeThatHas(preferred, place -> place.instances.containsKey(id));
    }

    /** The node that has a check with this id, of its own or of an instance, the preferred one if it does. */
    synchronized Optional<String> nodeOfCheck(String id, String preferred) {
        return nodeThatHas(
                preferred,
                place -> Checks.find(place.node.checks(), id).isPresent()
                        || place.instances.values().stream()
                                .anyMatch(instance ->
                                        Checks.find(instance.checks(), id).isPresent()));
    }

    private Optional<String> nodeThatHas(String preferred, Predicate<Place> what) {
        Place first = places.get(preferred);
        if (first != null && what.test(first)) {
            return Optional.of(preferred);
        }
        return places.values().stream()
                .filter(what)
                .map(place -> place.node.name())
                .findFirst();
    }

    // Writing.

    /** Adds the node, or gives the one of that name this address and metadata. */
    void putNode(Node node) {
        synchronized (this) {
            Place place = places.get(node.name());
            if (place == null) {
                place = new Place(node);
                places.put(node.name(), place);
                place.node = node.revised(Revision.NONE.changedAt(++index))
                        .checks(Checks.revised(List.of(), node.checks(), index));
                touchChecks(!node.checks().isEmpty());
            } else {
                Node before = place.node;
                Node after = node.checks(before.checks()).revised(before.revision());
                if (after.equals(before)) {
                    return;
                }
                place.node = after.revised(before.revision().changedAt(++index));
                touchServicesOn(place);
            }
            place.index = index;
            nodesIndex = index;
        }
        announce();
    }

    /** Changes the checks of a node; nothing happens if there is no such node. */
    void editNodeChecks(String node, UnaryOperator<List<Check>> edit) {
        synchronized (this) {
            Place place = places.get(node);
            if (place == null) {
                return;
            }
            List<Check> before = place.node.checks();
            List<Check> after = Checks.revised(before, edit.apply(before), index + 1);
            if (after.equals(before)) {
                return;
            }
            checksIndex = ++index;
            place.node = place.node.checks(after);
            touchServicesOn(place);
        }
        announce();
    }

    /**
     * Removes a node with all of its instances.
     *
     * @return whether it was there
     */
    boolean removeNode(String name) {
        synchronized (this) {
            Place place = places.remove(name);
            if (place == null) {
                return false;
            }
            nodesIndex = lastNodeRemoval = ++index;
            touchChecks(!place.node.checks().isEmpty()
                    || place.instances.values().stream()
                            .anyMatch(instance -> !instance.checks().isEmpty()));
            place.instances.values().forEach(instance -> touchService(instance.service()));
        }
        announce();
        return true;
    }

    /**
     * Adds the instance, or replaces the one of that id. Checks that the old one had and the new one has not, stay.
     *
     * @throws IllegalArgumentException if there is no such node
     */
    void putInstance(String node, Instance instance) {
        synchronized (this) {
            Place place = places.get(node);
            if (place == null) {
                throw new IllegalArgumentException("node \"" + node + "\" is not registered");
            }
            Instance before = place.instances.get(instance.id());
            Revision revision = before == null ? Revision.NONE : before.revision();
            List<Check> oldChecks = before == null ? List.of() : before.checks();
            List<Check> checks = oldChecks;
            for (Check check : instance.checks()) {
                // A new registration does not forget what a check last reported.
                checks = Checks.with(
                        checks,
                        Checks.find(oldChecks, check.id())
                                .map(old -> check.report(old.status(), old.output()))
                                .orElse(check));
            }
            Instance after = instance.checks(Checks.revised(oldChecks, checks, index + 1))
                    .revised(revision);
            if (after.equals(before)) {
                return;
            }
            index++;
            nodesIndex = index;
            touchChecks(!after.checks().equals(oldChecks)
                    || before != null && !before.hasSameChecked(after) && !oldChecks.isEmpty());
            place.instances.put(instance.id(), after.revised(revision.changedAt(index)));
            place.index = index;
            if (before != null && !before.service().equalsIgnoreCase(instance.service())) {
                touchService(before.service());
            }
            touchService(instance.service());
        }
        announce();
    }

    /**
     * Changes the checks of an instance.
     *
     * @return whether it was there
     */
    boolean editChecks(String node, String id, UnaryOperator<List<Check>> edit) {
        synchronized (this) {
            Place place = places.get(node);
            Instance before = place == null ? null : place.instances.get(id);
            if (place == null || before == null) {
                return false;
            }
            List<Check> after = Checks.revised(before.checks(), edit.apply(before.checks()), index + 1);
            if (after.equals(before.checks())) {
                return true;
            }
            checksIndex = ++index;
            place.instances.put(id, before.checks(after));
            serviceIndexes.put(before.service(), index);
        }
        announce();
        return true;
    }

    /**
     * Removes an instance.
     *
     * @return whether it was there
     */
    boolean removeInstance(String node, String id) {
        synchronized (this) {
            Place place = places.get(node);
            Instance removed = place == null ? null : place.instances.remove(id);
            if (place == null || removed == null) {
                return false;
            }
            place.index = ++index;
            nodesIndex = index;
            touchChecks(!removed.checks().isEmpty());
            touchService(removed.service());
        }
        announce();
        return true;
    }

    private void touchServicesOn(Place place) {
        place.instances.values().forEach(instance -> serviceIndexes.put(instance.service(), index));
    }

    private void touchChecks(boolean changed) {
        if (changed) {
            checksIndex = index;
        }
    }

    private void touchService(String service) {
        servicesIndex = index;
        if (places.values().stream()
                .flatMap(place -> place.instances.values().stream())
                .noneMatch(instance -> instance.service().equalsIgnoreCase(service))) {
            serviceIndexes.remove(service);
            lastServiceRemoval = index;
        } else {
            serviceIndexes.put(service, index);
        }
    }

    private void announce() {
        listeners.forEach(Runnable::run);
    }
}
