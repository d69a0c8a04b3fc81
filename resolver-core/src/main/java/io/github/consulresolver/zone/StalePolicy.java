package io.github.consulresolver.zone;

import java.time.Duration;

/**
 * What a zone does when its upstream has no answer (RFC 8767, RFC 9520). Immutable.
 *
 * @param patience how long a client waits for a new answer before it is given the last one
 * @param oneForAll whether an upstream that is silent to some is silent to all: an agent is; a recursor asks others, and they may be
 * @param maxStale how long after the end of its TTL an answer is given; zero for never
 * @param maxStaleUnreachable the same while the upstream answers nobody
 * @param ttl the TTLs that clients see in such an answer, in seconds, 1 or more (RFC 8767 section 5)
 * @param holdDown how long the last instances are given when suddenly there are none; zero for not at all
 * @param longestMemory the most that a question is not asked again because it failed; the first time it is a second
 */
public record StalePolicy(
        Duration patience,
        boolean oneForAll,
        Duration maxStale,
        Duration maxStaleUnreachable,
        int ttl,
        Duration holdDown,
        Duration longestMemory) {

    /** A client that waits for longer gives up, or asks somebody else (RFC 8767 section 5). */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(1800);

    private static final Duration SHORTEST_MEMORY = Duration.ofSeconds(1);

    /** An agent is near and answers in a millisecond; what it says is true for seconds. */
    public static final StalePolicy CONSUL = new StalePolicy(
            Duration.ofMillis(250),
            true,
            Duration.ofSeconds(60),
            Duration.ofHours(1),
            1,
            Duration.ZERO,
            Duration.ofSeconds(2));

    /** What RFC 8767 section 5 recommends, with the shorter of the bounds it names. */
    public static final StalePolicy RECURSORS = new StalePolicy(
            LONGEST_WAIT, false, Duration.ofDays(1), Duration.ofDays(1), 30, Duration.ZERO, Duration.ofSeconds(5));

    /** How long a client waits for this upstream: long enough where it is slow, but not dead; not at all where others have waited in vain. */
    Duration patience(ZoneHealth upstream, long now) {
        Duration patient = Duration.ofNanos(3 * upstream.roundTrip());
        Duration longer = patient.compareTo(patience) > 0 ? patient : patience;
        Duration bounded = longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
        return oneForAll && upstream.isLate(bounded.toNanos(), now) ? Duration.ZERO : bounded;
    }

    /** How long a question is not asked again that has failed so many times in a row. */
    Duration memory(int times) {
        Duration doubled = SHORTEST_MEMORY.multipliedBy(1L << Math.min(times - 1, 10));
        return doubled.compareTo(longestMemory) > 0 ? longestMemory : doubled;
    }

    /** The same with other bounds and another TTL. */
    public StalePolicy with(Duration maxStale, Duration maxStaleUnreachable, int ttl) {
        return new StalePolicy(patience, oneForAll, maxStale, maxStaleUnreachable, ttl, holdDown, longestMemory);
    }

    /** The same with another hold-down. */
    public StalePolicy withHoldDown(Duration longest) {
        return new StalePolicy(patience, oneForAll, maxStale, maxStaleUnreachable, ttl, longest, longestMemory);
    }
}
