package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Bailiwick;
import io.github.consulresolver.dns.Edns;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What is said to a recursor. A cut reply is asked for again over TCP, and so is a question that somebody forges answers to, or whose
 * answer is broken; one that does not understand EDNS is asked without. An answer that speaks of something else is none.
 */
final class RecursorDialogue implements Dialogue {
    private final Form usual;

    /** @param mark put on each query, if there is one */
    RecursorDialogue(@Nullable LoopMark mark) {
        usual = new Form(Edns.SAFE_UDP_SIZE, mark, true);
    }

    @Override
    public CompletableFuture<byte[]> hold(Call call) {
        return Attempts.orElse(
                        ask(call, usual),
                        failure -> failure.reason() == Reason.NO_EDNS
                                ? ask(call, usual.withoutEdns())
                                : CompletableFuture.failedFuture(failure))
                .thenCompose(reply -> judged(call.server(), reply));
    }

    private static CompletableFuture<byte[]> ask(Call call, Form form) {
        // Over TCP nobody can forge an answer who does not see the question.
        return Attempts.orElse(
                        call.udp(form),
                        failure -> failure.reason() == Reason.MISMATCHED
                                ? call.tcp(form.inLowerCase())
                                : CompletableFuture.failedFuture(failure))
                .thenCompose(reply ->
                        Replies.isCut(reply) ? call.tcp(form.inLowerCase()) : CompletableFuture.completedFuture(reply));
    }

    private static CompletableFuture<byte[]> judged(UpstreamServer server, byte[] reply) {
        if (!Replies.isAnswer(reply)) {
            return CompletableFuture.failedFuture(
                    server.failure(Reason.REFUSED, "answered with response code " + Replies.rcode(reply)));
        }
        if (Replies.isCut(reply)) {
            return CompletableFuture.failedFuture(server.failure(Reason.MISMATCHED, "cut its reply over TCP, too"));
        }
        return Bailiwick.holdsAnswersOf(reply)
                ? CompletableFuture.completedFuture(reply)
                : CompletableFuture.failedFuture(server.failure(Reason.MISMATCHED, "answered of other names"));
    }
}
