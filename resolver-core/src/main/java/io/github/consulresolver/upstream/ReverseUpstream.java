package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Bailiwick;
import io.github.consulresolver.dns.Question;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Names of addresses, which Consul and the recursors share: Consul knows those of its nodes and services, the recursors the rest, and
 * nobody knows where the border runs.
 *
 * <p>Consul is asked first, for a short time: it has the answer in memory. Unless it names something, the recursors are asked. The better of
 * the two answers counts, in this order:
 *
 * <ol>
 *   <li>Consul's, with a name;
 *   <li>whatever the recursors said, be it that there is no such name;
 *   <li>Consul's, that there is no such name, when no recursor said anything: a node without recursors, or whose recursors do not answer
 *       for private addresses, shall not wait for a time-out whenever a program wants to log a host's name.
 * </ol>
 */
public final class ReverseUpstream implements Upstream {
    /** What a healthy agent needs, a hundred times over; the rest of the time is the recursors'. */
    private static final Duration AGENT_TIME = Duration.ofMillis(500);

    private static final Duration RECURSORS_TIME = BUDGET.minus(AGENT_TIME);

    private final Upstream agent;
    private final Upstream recursors;
    private final Duration agentTime;
    private final Duration recursorsTime;

    public ReverseUpstream(Upstream agent, Upstream recursors) {
        this(agent, recursors, AGENT_TIME, RECURSORS_TIME);
    }

    ReverseUpstream(Upstream agent, Upstream recursors, Duration agentTime, Duration recursorsTime) {
        this.agent = agent;
        this.recursors = recursors;
        this.agentTime = agentTime;
        this.recursorsTime = recursorsTime;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        CompletableFuture<byte[]> fromConsul =
                agent.ask(question).copy().orTimeout(agentTime.toMillis(), TimeUnit.MILLISECONDS);
        return fromConsul.handle((reply, failure) -> reply).thenCompose(reply -> {
            boolean usable = reply != null && Bailiwick.holdsAnswersOf(reply);
            if (usable && hasAnswer(reply)) {
                return CompletableFuture.completedFuture(reply);
            }
            return Attempts.orElse(
                    recursors.ask(question).copy().orTimeout(recursorsTime.toMillis(), TimeUnit.MILLISECONDS),
                    failure -> usable && Replies.isAnswer(reply)
                            ? CompletableFuture.completedFuture(reply)
                            : CompletableFuture.failedFuture(failure));
        });
    }

    private static boolean hasAnswer(byte[] reply) {
        return Replies.rcode(reply) == AnswerSet.NO_ERROR && Replies.answers(reply) > 0;
    }
}
