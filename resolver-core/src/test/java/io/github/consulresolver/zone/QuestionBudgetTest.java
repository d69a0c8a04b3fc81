package io.github.consulresolver.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.consulresolver.cache.AnswerCache;
import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** An alias that leads from one upstream to another, and the time that both have together. */
class QuestionBudgetTest {
    private static final Question ORDERS = Question.of("orders.service.consul.", Type.A);

    private final VirtualTime time = new VirtualTime();
    private final CompletableFuture<byte[]> agent = new CompletableFuture<>();
    private final CompletableFuture<byte[]> recursors = new CompletableFuture<>();
    private final Resolver resolver = new Resolver(
            new Zones(List.of(
                    Zone.recursive(DomainName.ROOT, question -> recursors, 86_400),
                    Zone.consul(DomainName.of("consul"), question -> agent))),
            new AnswerCache(1 << 20, 1 << 20),
            time,
            time);

    @Test
    void a_silent_recursor_behind_a_slow_agent_takes_no_more_than_the_time_of_one_question() {
        CompletableFuture<Resolution> answer = resolver.resolve(ORDERS);
        time.passMillis(3_000);
        agent.complete(alias());
        time.passMillis(1_499);
        assertThat(answer).isNotDone();
        time.passMillis(1);

        assertThat(answer).isDone();
        assertThat(catchThrowable(answer::join))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        UpstreamException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT));
    }

    @Test
    void a_recursor_that_answers_in_what_time_is_left_is_heard() {
        CompletableFuture<Resolution> answer = resolver.resolve(ORDERS);
        time.passMillis(3_000);
        agent.complete(alias());
        time.passMillis(1_000);
        recursors.complete(Reply.to("www.example.com.", Type.A)
                .answer("www.example.com. 60 IN A 192.0.2.1")
                .wire());

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    private static byte[] alias() {
        return Reply.to("orders.service.consul.", Type.A)
                .answer("orders.service.consul. 0 IN CNAME www.example.com.")
                .wire();
    }
}
