package io.github.consulresolver.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class ReverseUpstreamTest {
    private static final String NAME = "1.0.0.10.in-addr.arpa.";
    private static final Question QUESTION = Question.of(NAME, Type.PTR);
    private static final byte[] CONSULS_NAME = Reply.to(NAME, Type.PTR)
            .answer(NAME + " 0 IN PTR web.service.dc1.consul.")
            .wire();
    private static final byte[] RECURSORS_NAME = Reply.to(NAME, Type.PTR)
            .answer(NAME + " 60 IN PTR host.example.com.")
            .wire();
    private static final byte[] CONSULS_NXDOMAIN = Reply.to(NAME, Type.PTR)
            .rcode(Rcode.NXDOMAIN)
            .authority("consul. 0 IN SOA ns.consul. h.consul. 1 2 3 4 0")
            .wire();
    private static final byte[] RECURSORS_NXDOMAIN =
            Reply.to(NAME, Type.PTR).rcode(Rcode.NXDOMAIN).wire();
    private static final byte[] SERVFAIL =
            Reply.to(NAME, Type.PTR).rcode(Rcode.SERVFAIL).wire();
    private static final byte[] REFUSED =
            Reply.to(NAME, Type.PTR).rcode(Rcode.REFUSED).wire();

    private int recursorsAsked;

    private CompletableFuture<byte[]> ask(CompletableFuture<byte[]> consul, CompletableFuture<byte[]> recursors) {
        return new ReverseUpstream(question -> consul, question -> {
                    recursorsAsked++;
                    return recursors;
                })
                .ask(QUESTION);
    }

    private static CompletableFuture<byte[]> says(byte[] reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static CompletableFuture<byte[]> fails() {
        return CompletableFuture.failedFuture(new UpstreamException(Reason.TIMEOUT, "silence"));
    }

    @Test
    void both_have_the_time_of_one_question_together() {
        Duration soon = Duration.ofMillis(10);
        CompletableFuture<byte[]> silence = new CompletableFuture<>();
        ReverseUpstream both = new ReverseUpstream(question -> silence, question -> silence, soon, soon);

        UpstreamException failure = Upstreams.failureOf(both.ask(QUESTION));
        assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(silence).as("it may be somebody else's, too").isNotDone();
    }

    @Test
    void a_name_that_consul_knows_is_not_asked_of_the_recursors() {
        assertThat(ask(says(CONSULS_NAME), says(RECURSORS_NAME))).isCompletedWithValue(CONSULS_NAME);
        assertThat(recursorsAsked).isZero();
    }

    @Test
    void what_consul_says_of_another_name_counts_for_nothing() {
        byte[] stranger = Reply.to(NAME, Type.PTR)
                .answer("2.0.0.10.in-addr.arpa. 0 IN PTR bank.example.")
                .wire();

        assertThat(ask(says(stranger), says(RECURSORS_NAME))).isCompletedWithValue(RECURSORS_NAME);
        assertThat(ask(says(stranger), fails())).isCompletedExceptionally();
    }

    @Test
    void a_name_that_consul_denies_is_the_recursors_to_say() {
        assertThat(ask(says(CONSULS_NXDOMAIN), says(RECURSORS_NAME))).isCompletedWithValue(RECURSORS_NAME);
    }

    @Test
    void an_old_agent_says_SERVFAIL_of_addresses_it_does_not_know() {
        assertThat(ask(says(SERVFAIL), says(RECURSORS_NAME))).isCompletedWithValue(RECURSORS_NAME);
    }

    @Test
    void an_agent_that_refuses_or_is_not_there_leaves_it_to_the_recursors() {
        assertThat(ask(says(REFUSED), says(RECURSORS_NAME))).isCompletedWithValue(RECURSORS_NAME);
        assertThat(ask(fails(), says(RECURSORS_NAME))).isCompletedWithValue(RECURSORS_NAME);
    }

    @Test
    void of_two_denials_the_recursors_counts_because_it_may_be_kept() {
        assertThat(ask(says(CONSULS_NXDOMAIN), says(RECURSORS_NXDOMAIN))).isCompletedWithValue(RECURSORS_NXDOMAIN);
    }

    @Test
    void consuls_denial_counts_when_no_recursor_says_anything() {
        assertThat(ask(says(CONSULS_NXDOMAIN), fails())).isCompletedWithValue(CONSULS_NXDOMAIN);
    }

    @Test
    void when_neither_says_anything_it_could_not_be_found_out() {
        assertThat(ask(fails(), fails())).isCompletedExceptionally();
        assertThat(ask(says(SERVFAIL), fails())).isCompletedExceptionally();
    }

    @Test
    void a_silent_agent_leaves_the_recursors_most_of_the_time() {
        assertThat(ask(new CompletableFuture<>(), says(RECURSORS_NAME)))
                .succeedsWithin(Upstream.BUDGET.dividedBy(2))
                .isEqualTo(RECURSORS_NAME);
    }
}
