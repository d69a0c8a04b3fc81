package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The zones there are now, how each one's upstream does, and how many questions it is asked; all by the places of the zones. Thread-safe.
 */
final class ZonesInUse {
    /** By whose names they are for. */
    private final Map<DomainName, FairShare> places = new ConcurrentHashMap<>();

    private volatile Table table;

    private record Table(Zones zones, List<ZoneHealth> health, List<FairShare> questions) {}

    ZonesInUse(Zones zones, long now) {
        table = new Table(zones, healthy(zones.all().size(), now).toList(), questions(zones));
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
                        .toList(),
                questions(next));
    }

    /** Zones whose names the same servers are asked for share what those may be asked; so do zones that come later. */
    private List<FairShare> questions(Zones zones) {
        return zones.all().stream()
                .map(zone -> places.computeIfAbsent(
                        zone.servers(), first -> new FairShare(zone.load().maxConcurrent())))
                .toList();
    }

    Zones zones() {
        return table.zones();
    }

    Zone zone(int place) {
        return table.zones().all().get(place);
    }

    /** The questions of a zone that may be under way. */
    FairShare questions(int place) {
        return table.questions().get(place);
    }

    ZoneHealth health(int place) {
        return table.health().get(place);
    }
}
