package io.github.consulresolver.zone;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The zones there are now, and how each one's upstream does; both by the places of the zones. Thread-safe. */
final class ZonesInUse {
    private volatile Table table;

    private record Table(Zones zones, List<ZoneHealth> health) {}

    ZonesInUse(Zones zones, long now) {
        table = new Table(zones, healthy(zones.all().size(), now).toList());
    }

    private static Stream<ZoneHealth> healthy(int count, long now) {
        return IntStream.range(0, count).mapToObj(place -> new ZoneHealth(now));
    }

    /** From now on it is these; a place that was there already keeps its health. */
    synchronized void use(Zones next, long now) {
        List<ZoneHealth> known = table.health();
        table = new Table(
                next,
                Stream.concat(known.stream(), healthy(next.all().size() - known.size(), now))
                        .toList());
    }

    Zones zones() {
        return table.zones();
    }

    Zone zone(int place) {
        return table.zones().all().get(place);
    }

    ZoneHealth health(int place) {
        return table.health().get(place);
    }
}
