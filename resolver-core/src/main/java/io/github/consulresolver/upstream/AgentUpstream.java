package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Servers.Haste;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A Consul agent, asked for complete answer sets. Whatever it says is passed on, be it that it cannot say. It is never given up: there is
 * nobody else to ask.
 */
public final class AgentUpstream implements Upstream {
    private final Servers agent;

    /** @param server where the agent answers DNS, usually port 8600; a resolved address */
    public AgentUpstream(InetSocketAddress server, Transport transport, UpstreamListener listener) {
        this(server, new NettyLoops(transport, listener), listener);
    }

    AgentUpstream(InetSocketAddress server, Loops loops, UpstreamListener listener) {
        agent = new Servers(List.of(server), new AgentDialogue(), Haste.PATIENT, loops, listener);
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        return agent.ask(question);
    }
}
