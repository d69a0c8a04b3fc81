package io.github.consulresolver.zone;

import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;

/** The zones there are; a name belongs to the one with the longest suffix. Immutable. */
public final class Zones {
    private final List<Zone> zones;

    /** @param zones in any order, each suffix once; one of them is the root, so that every name has a zone */
    public Zones(List<Zone> zones) {
        this.zones = zones.stream()
                .sorted(Comparator.comparingInt((Zone zone) -> zone.suffix().length())
                        .reversed())
                .toList();
        if (this.zones.isEmpty()
                || this.zones.get(this.zones.size() - 1).suffix().labels() != 0) {
            throw new IllegalArgumentException("no zone is the root: " + zones);
        }
        if (zones.stream().map(Zone::suffix).distinct().count() != zones.size()) {
            throw new IllegalArgumentException("a suffix stands twice: " + zones);
        }
    }

    /** The place in {@link #all} of the zone that {@code question} belongs to. */
    public int find(Question question) {
        int zone = 0;
        while (!question.isIn(zones.get(zone).suffix())) {
            zone++;
        }
        return zone;
    }

    /** The zone that {@code question} belongs to. */
    Zone of(Question question) {
        return zones.get(find(question));
    }

    /** The zone that the uncompressed wire-form name at {@code offset} belongs to. */
    Zone of(ByteBuffer name, int offset, int length) {
        for (Zone zone : zones) {
            if (zone.suffix().isSuffixOf(name, offset, length)) {
                return zone;
            }
        }
        throw new IllegalStateException("no zone is the root");
    }

    /** All zones, the longest suffix first. */
    public List<Zone> all() {
        return zones;
    }
}
