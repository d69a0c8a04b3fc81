package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The zones there are; a name belongs to the one with the longest suffix. Each has a place, which it keeps when others come and go: what was
 * kept or counted by places stays right.
 *
 * <p>Immutable.
 */
public final class Zones {
    private final List<Zone> zones;
    /** The places of those that names belong to, the longest suffix first. */
    private final int[] order;

    /** @param zones in any order, each suffix once; one of them is the root, so that every name has a zone */
    public Zones(List<Zone> zones) {
        this(longestFirst(zones), IntStream.range(0, zones.size()).toArray());
        if (zones.stream().noneMatch(zone -> zone.suffix().equals(DomainName.ROOT))) {
            throw new IllegalArgumentException("no zone is the root: " + zones);
        }
        if (zones.stream().map(Zone::suffix).distinct().count() != zones.size()) {
            throw new IllegalArgumentException("a suffix stands twice: " + zones);
        }
    }

    private Zones(List<Zone> zones, int[] order) {
        this.zones = zones;
        this.order = order;
    }

    private static List<Zone> longestFirst(List<Zone> zones) {
        return zones.stream()
                .sorted(Comparator.comparingInt((Zone zone) -> zone.suffix().length())
                        .reversed())
                .toList();
    }

    /** These and one more, whose place is behind all others. One with its suffix that is there, or was there, gives its place to it. */
    public Zones with(Zone added) {
        List<Zone> all = new ArrayList<>(zones);
        int place = placeOf(added.suffix());
        if (place < all.size()) {
            all.set(place, added);
        } else {
            all.add(added);
        }
        IntStream places = IntStream.concat(IntStream.of(order).filter(other -> other != place), IntStream.of(place));
        return new Zones(
                List.copyOf(all),
                places.boxed()
                        .sorted(Comparator.comparingInt((Integer other) ->
                                        all.get(other).suffix().length())
                                .reversed())
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    /**
     * These without the one of this suffix: its names belong to the next longer one. Its place stays behind, and belongs to nobody.
     *
     * @throws IllegalArgumentException for the root
     */
    public Zones without(DomainName suffix) {
        if (suffix.equals(DomainName.ROOT)) {
            throw new IllegalArgumentException("every name needs a zone");
        }
        int place = placeOf(suffix);
        return new Zones(
                zones, IntStream.of(order).filter(other -> other != place).toArray());
    }

    private int placeOf(DomainName suffix) {
        int place = 0;
        while (place < zones.size() && !zones.get(place).suffix().equals(suffix)) {
            place++;
        }
        return place;
    }

    /** Whether names belong to a zone of this very suffix. */
    public boolean has(DomainName suffix) {
        return IntStream.of(order).anyMatch(place -> zones.get(place).suffix().equals(suffix));
    }

    /** The place in {@link #all} of the zone that {@code question} belongs to. */
    public int find(Question question) {
        for (int place : order) {
            if (question.isIn(zones.get(place).suffix())) {
                return place;
            }
        }
        throw new IllegalStateException("no zone is the root");
    }

    /** The zone that {@code question} belongs to. */
    Zone of(Question question) {
        return zones.get(find(question));
    }

    /** The zone that the uncompressed wire-form name at {@code offset} belongs to. */
    Zone of(ByteBuffer name, int offset, int length) {
        for (int place : order) {
            Zone zone = zones.get(place);
            if (zone.suffix().isSuffixOf(name, offset, length)) {
                return zone;
            }
        }
        throw new IllegalStateException("no zone is the root");
    }

    /** All zones by their places: those of the start, the longest suffix first; then those that came later. */
    public List<Zone> all() {
        return zones;
    }
}
