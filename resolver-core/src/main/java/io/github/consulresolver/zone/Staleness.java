package io.github.consulresolver.zone;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.cache.CachedAnswer;
import io.github.consulresolver.cache.Failure;
import io.github.consulresolver.cache.Failure.Kind;
import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Question;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an answer is good for when its time is over, by the times that are noted at it, its zone's {@link StalePolicy}, and whether the
 * zone's upstream answers anybody (RFC 8767, RFC 9520). Asks nobody, and waits for nothing. Thread-safe.
 */
final class Staleness {
    /** As long as a flight may take: until it has landed, nobody need ask for what it will bring. */
    static final long LONGEST_FLIGHT = TimeUnit.SECONDS.toNanos(5);

    /** A failure that is over by so much says nothing of now (RFC 8767 section 5 has the same for the time between attempts). */
    private static final long FORGOTTEN_AFTER = TimeUnit.SECONDS.toNanos(30);

    /** Between two looks at whether there is still nothing. */
    private static final long HOLD_DOWN_RECHECK = TimeUnit.SECONDS.toNanos(1);

    /** What names that clients ask for have records of: A, AAAA, SRV, ANY, TXT, CNAME, PTR, MX, NS, SOA, HTTPS. */
    private static final int[] TYPES_OF_NAMES = {1, 28, 33, 255, 16, 5, 12, 15, 2, 6, 65};

    private final AnswerCache cache;
    private final ZonesInUse zones;

    Staleness(AnswerCache cache, ZonesInUse zones) {
        this.cache = cache;
        this.zones = zones;
    }

    Use use(CachedAnswer answer, long now) {
        if (answer.isFresh(now)) {
            return Use.FRESH;
        }
        Failure failure = answer.failure();
        if (failure == null) {
            return Use.ASK;
        }
        if (failure.kind() == Kind.EMPTY) {
            long holdDown = zones.zone(answer.zone()).stale().holdDown().toNanos();
            return now - failure.since() < holdDown ? Use.STALE : Use.ASK;
        }
        ZoneHealth upstream = zones.health(answer.zone());
        if (upstream.isBackSince(failure.at())) {
            return Use.ASK;
        }
        boolean recent = upstream.isDown() || now - failure.retryAt() < FORGOTTEN_AFTER;
        if (recent && failure.servable() && isYoungEnough(answer, now)) {
            return Use.STALE;
        }
        return failure.kind() != Kind.LATE && now - failure.retryAt() < 0 ? Use.FAILED : Use.ASK;
    }

    /** Whether the caller should see to a new answer, this one being {@link Use#STALE}. */
    boolean isRefreshDue(CachedAnswer answer, long now) {
        Failure failure = answer.failure();
        return failure != null
                && (now - failure.retryAt() >= 0 || zones.health(answer.zone()).takesProbe(now));
    }

    /**
     * Whether the caller should see to a new answer before this one's time, which is almost over, has passed: it is asked for often. Counts
     * those who ask.
     */
    boolean isPrefetchDue(CachedAnswer answer, long now) {
        Failure failure = answer.failure();
        return zones.zone(answer.zone()).load().prefetch()
                && (failure == null || now - failure.retryAt() >= 0)
                && answer.isWanted();
    }

    /** Whether {@code kept} may be given now, past its time, as far as is known of its upstream. */
    boolean mayBeGiven(Question question, CachedAnswer kept, long now) {
        return isWorthGiving(question, kept, now) && isYoungEnough(kept, now);
    }

    /**
     * Whether what is kept is worth giving past its time: data, and that there is none of this type at a name that has data of another,
     * because programs ask for both kinds of address at the same time. That a name does not exist is not.
     */
    boolean isWorthGiving(Question question, CachedAnswer kept, long now) {
        if (kept.answers().rcode() != AnswerSet.NO_ERROR) {
            return false;
        }
        if (isData(kept.answers())) {
            return true;
        }
        for (int type : TYPES_OF_NAMES) {
            CachedAnswer other = cache.get(Question.of(question.name(), type, question.flags()));
            if (other != null && isData(other.answers()) && isYoungEnough(other, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isData(AnswerSet answers) {
        return answers.rcode() == AnswerSet.NO_ERROR && !answers.isNegative();
    }

    private boolean isYoungEnough(CachedAnswer answer, long now) {
        StalePolicy policy = zones.zone(answer.zone()).stale();
        boolean down = zones.health(answer.zone()).isDown();
        Duration longest = down ? policy.maxStaleUnreachable() : policy.maxStale();
        return !longest.isZero() && answer.staleness(now) <= longest.toNanos();
    }

    /** The failure that one from {@code now} on would be the next of; null when that would be the first. */
    @Nullable
    Failure failureBefore(@Nullable CachedAnswer kept, long now) {
        Failure failure = kept == null ? null : kept.failure();
        return kept == null
                        || failure == null
                        || failure.kind() == Kind.EMPTY
                        || zones.health(kept.zone()).isBackSince(failure.at())
                        || now - failure.at() > LONGEST_FLIGHT + FORGOTTEN_AFTER
                ? null
                : failure;
    }

    /**
     * What to note of an answer that suddenly is none; null when that is to be believed.
     *
     * @param kept what is known of the question
     * @param empty what is said now
     */
    @Nullable
    Failure heldDown(Zone zone, @Nullable CachedAnswer kept, AnswerSet empty, long now) {
        long longest = zone.stale().holdDown().toNanos();
        if (longest == 0 || !empty.isNegative() || kept == null) {
            return null;
        }
        if (!isData(kept.answers()) || !isYoungEnough(kept, now)) {
            return null;
        }
        Failure before = kept.failure();
        Failure first = before != null && before.kind() == Kind.EMPTY ? before : null;
        long since = first == null ? now : first.since();
        int times = first == null ? 1 : first.times() + 1;
        long left = longest - (now - since);
        return left > 0
                ? new Failure(Kind.EMPTY, null, null, times, since, now, now + Math.min(HOLD_DOWN_RECHECK, left), true)
                : null;
    }
}
