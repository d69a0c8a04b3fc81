package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Servers.Haste;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Several Consul agents that know the same, asked in their order: the next one when one cannot be reached, is silent, or says that it
 * cannot answer (SERVFAIL, REFUSED and the like). NXDOMAIN is an answer. One that cannot be reached, or is silent, is asked last until it
 * answers again. Those that are left share the time that is left, so the last one has some, too.
 *
 * <p>When all failed, the reason is that of the last one, and the message says what happened with each.
 */
public final class AgentGroup implements Upstream {
    private static final Dialogue AGENT = new AgentDialogue();

    private final Servers agents;

    /** @param servers where the agents answer DNS: resolved addresses, in order, at least one */
    public AgentGroup(List<InetSocketAddress> servers, Transport transport, UpstreamListener listener) {
        this(servers, new NettyLoops(transport, listener), listener);
    }

    AgentGroup(List<InetSocketAddress> servers, Loops loops, UpstreamListener listener) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no agent");
        }
        agents = new Servers(servers, AgentGroup::answerOf, Haste.PATIENT, loops, listener);
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return agents.ask(question);
    }

    private static CompletableFuture<byte[]> answerOf(Call call) {
        return AGENT.hold(call)
                .thenCompose(reply -> Replies.isAnswer(reply)
                        ? CompletableFuture.completedFuture(reply)
                        : CompletableFuture.failedFuture(call.server().failure(Reason.REFUSED, refusal(reply))));
    }

    private static String refusal(byte[] reply) {
        return switch (Replies.rcode(reply)) {
            case AnswerSet.SERVER_FAILURE -> "answered SERVFAIL";
            case 5 -> "answered REFUSED";
            default -> "answered response code " + Replies.rcode(reply);
        };
    }
}
