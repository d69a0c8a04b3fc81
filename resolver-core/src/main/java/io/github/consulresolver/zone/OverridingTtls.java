package io.github.consulresolver.zone;

import io.github.consulresolver.dns.DomainName;
import io.github.consulresolver.dns.MalformedMessageException;
import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.Upstream;
import java.util.concurrent.CompletableFuture;

/** Puts the operator's TTLs into what an agent says, before anything of elsewhere comes in. */
final class OverridingTtls implements Upstream {
    private final DomainName suffix;
    private final TtlOverrides ttls;
    private final Upstream agent;

    OverridingTtls(DomainName suffix, TtlOverrides ttls, Upstream agent) {
        this.suffix = suffix;
        this.ttls = ttls;
        this.agent = agent;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        CompletableFuture<byte[]> reply = agent.ask(question);
        return ttls.equals(TtlOverrides.NONE) ? reply : reply.thenApply(message -> overridden(question, message));
    }

    private byte[] overridden(Question question, byte[] message) {
        try {
            return ttls.applied(question, suffix, message);
        } catch (MalformedMessageException impossible) {
            throw new IllegalStateException("a reply that was checked cannot be read", impossible);
        }
    }
}
