package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Asks one server one time, each time as if nothing were known of it. */
final class Exchanges {
    private final Loops loops;
    private final UpstreamListener listener;

    Exchanges(Loops loops, UpstreamListener listener) {
        this.loops = loops;
        this.listener = listener;
    }

    /** With a socket for each question, as if the server were not on this host. */
    static Exchanges apart(Transport transport, UpstreamListener listener) {
        return new Exchanges(new NettyLoops(transport, listener, address -> false), listener);
    }

    CompletableFuture<byte[]> udp(InetSocketAddress server, Question question, int udpSize, Duration timeout) {
        return ask(server, question, timeout, call -> call.udp(new Form(udpSize)));
    }

    CompletableFuture<byte[]> tcp(InetSocketAddress server, Question question, Duration timeout) {
        return ask(server, question, timeout, call -> call.tcp(new Form(0xffff)));
    }

    CompletableFuture<byte[]> ask(InetSocketAddress server, Question question, Duration timeout, Dialogue dialogue) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        Loop loop = loops.here();
        loop.execute(() -> {
            Call call = new Call(
                    new UpstreamServer(server, listener),
                    question,
                    loop,
                    Deadline.in(timeout, loop.nanos()),
                    (silent, failure) -> {
                        silent.end();
                        answer.completeExceptionally(failure);
                    });
            dialogue.hold(call).whenComplete((reply, failure) -> {
                if (reply != null) {
                    answer.complete(reply);
                } else {
                    answer.completeExceptionally(UpstreamException.cause(failure));
                }
            });
        });
        return answer;
    }
}
