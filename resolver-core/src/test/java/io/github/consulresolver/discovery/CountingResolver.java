package io.github.consulresolver.discovery;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TSIG;

/** What an application has set for its own use of dnsjava: it counts, and has no answer. */
final class CountingResolver implements Resolver {
    private final AtomicInteger asked;

    CountingResolver(AtomicInteger asked) {
        this.asked = asked;
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query) {
        asked.incrementAndGet();
        return CompletableFuture.failedFuture(new IOException("nobody answers"));
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
        return sendAsync(query);
    }

    @Override
    public void setPort(int port) {}

    @Override
    public void setTCP(boolean flag) {}

    @Override
    public void setIgnoreTruncation(boolean flag) {}

    @Override
    public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {}

    @Override
    public void setTSIGKey(TSIG key) {}

    @Override
    public void setTimeout(Duration timeout) {}
}
