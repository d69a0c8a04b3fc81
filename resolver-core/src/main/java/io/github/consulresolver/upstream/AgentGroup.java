package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Several Consul agents that know the same, asked in their order: the next one when one cannot be reached, is silent, or says that it
 * cannot answer (SERVFAIL, REFUSED and the like). NXDOMAIN is an answer. Those that are left share the time that is left, so the last
 * one has some, too.
 *
 * <p>When all failed, the reason is that of the last one, and the message says what happened with each.
 */
public final class AgentGroup implements Upstream {
    private final List<InetSocketAddress> servers;
    private final List<AgentUpstream> agents;

    /** @param servers where the agents answer DNS: resolved addresses, in order, at least one */
    public AgentGroup(List<InetSocketAddress> servers, Transport transport, UpstreamListener listener) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no agent");
        }
        this.servers = List.copyOf(servers);
        agents = this.servers.stream()
                .map(server -> new AgentUpstream(server, transport, listener))
                .toList();
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return askFrom(0, question, new Deadline(), "");
    }

    private CompletableFuture<byte[]> askFrom(int place, Question question, Deadline deadline, String failures) {
        int left = agents.size() - place;
        CompletableFuture<byte[]> answer = agents.get(place)
                .ask(question, deadline.share(left))
                .thenCompose(reply -> Replies.isAnswer(reply)
                        ? CompletableFuture.completedFuture(reply)
                        : CompletableFuture.failedFuture(refusal(servers.get(place), reply)));
        return Attempts.orElse(answer, failure -> {
            String all = failures + failure.getMessage();
            return left > 1
                    ? askFrom(place + 1, question, deadline, all + "; ")
                    : CompletableFuture.failedFuture(new UpstreamException(failure.reason(), all));
        });
    }

    private static UpstreamException refusal(InetSocketAddress server, byte[] reply) {
        String said = switch (Replies.rcode(reply)) {
            case AnswerSet.SERVER_FAILURE -> "SERVFAIL";
            case 5 -> "REFUSED";
            default -> "response code " + Replies.rcode(reply);
        };
        return new UpstreamException(
                Reason.REFUSED, server.getAddress().getHostAddress() + ":" + server.getPort() + ": answered " + said);
    }
}
