package io.github.consulresolver.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.InstanceSet;
import io.github.consulresolver.dns.Reply;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class CoverageTest {
    /** So close to the end that whoever compares times instead of subtracting them fails. */
    private static final long NOW = Long.MAX_VALUE - 10;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Lease lease = new Lease(NOW);

    CoverageTest() {
        lease.until(NOW + 100 * SECOND);
    }

    private final Coverage coverage = new Coverage(lease, NOW);

    private static CachedAnswer answer(int ttl) throws Exception {
        byte[] reply = Reply.to("web.service.consul.", Type.A)
                .answer("web.service.consul. " + ttl + " IN A 10.0.0.1")
                .wire();
        return new CachedAnswer(InstanceSet.of(reply, false), 0, NOW);
    }

    @Test
    void an_answer_with_TTL_0_is_fresh_while_it_is_covered() throws Exception {
        CachedAnswer answer = answer(0);
        answer.cover(coverage);

        assertThat(answer.isFresh(NOW + 50 * SECOND)).isTrue();
        assertThat(answer.isCoherent(NOW + 50 * SECOND)).isTrue();
    }

    @Test
    void it_is_not_when_the_lease_has_run_out() throws Exception {
        CachedAnswer answer = answer(0);
        answer.cover(coverage);

        assertThat(answer.isFresh(NOW + 100 * SECOND)).isFalse();
    }

    @Test
    void an_answer_that_is_covered_does_not_age() throws Exception {
        CachedAnswer answer = answer(60);
        answer.cover(coverage);

        assertThat(answer.age(NOW + 50 * SECOND)).isZero();
    }

    @Test
    void when_nobody_knows_any_more_its_TTL_begins() throws Exception {
        CachedAnswer answer = answer(60);
        answer.cover(coverage);
        coverage.end(NOW + 70 * SECOND);

        assertThat(answer.isCoherent(NOW + 71 * SECOND)).isFalse();
        assertThat(answer.isFresh(NOW + 129 * SECOND)).isTrue();
        assertThat(answer.age(NOW + 129 * SECOND)).isEqualTo(59);
        assertThat(answer.isFresh(NOW + 130 * SECOND)).isFalse();
    }

    @Test
    void what_has_changed_is_given_no_more_whatever_its_TTL() throws Exception {
        CachedAnswer answer = answer(60);
        answer.cover(coverage);
        coverage.change(NOW + SECOND);

        assertThat(answer.isFresh(NOW + SECOND)).isFalse();
    }

    @Test
    void how_stale_it_is_counts_from_the_change() throws Exception {
        CachedAnswer answer = answer(0);
        answer.cover(coverage);
        coverage.change(NOW + 30 * SECOND);

        assertThat(answer.staleness(NOW + 32 * SECOND)).isEqualTo(2 * SECOND);
    }

    @Test
    void a_coverage_that_has_ended_does_not_change_any_more() {
        coverage.end(NOW + SECOND);
        coverage.change(NOW + 2 * SECOND);

        assertThat(coverage.isChanged()).isFalse();
        assertThat(coverage.heldUntil(NOW + 3 * SECOND)).isEqualTo(NOW + SECOND);
    }

    @Test
    void a_coverage_that_ends_after_its_lease_has_held_as_long_as_that() {
        coverage.end(NOW + 200 * SECOND);

        assertThat(coverage.heldUntil(NOW + 300 * SECOND)).isEqualTo(NOW + 100 * SECOND);
    }

    @Test
    void an_answer_that_is_denied_is_not_fresh_and_one_that_nobody_speaks_of_is_by_its_TTL() throws Exception {
        CachedAnswer answer = answer(60);
        answer.cover(Coverage.denied(NOW));
        assertThat(answer.isFresh(NOW + SECOND)).isFalse();

        answer.cover(null);
        assertThat(answer.isFresh(NOW + SECOND)).isTrue();
    }

    @Test
    void that_it_was_used_is_told_once() throws Exception {
        CachedAnswer answer = answer(0);
        answer.use();

        assertThat(answer.takeUse()).isTrue();
        assertThat(answer.takeUse()).isFalse();
    }
}
