package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One server, asked one question: over UDP, over TCP, or one after the other. All on the question's loop.
 *
 * <p>Over UDP silence is told, and no more: an answer that comes late is one all the same. Over TCP, where nothing gets lost, silence is a
 * failure.
 */
final class Call {
    /** Hears that a server has been silent for longer than it usually takes. */
    @FunctionalInterface
    interface Silence {
        void noticed(Call call, UpstreamException failure);
    }

    private static final long HALF_A_MILLISECOND = 500_000;

    private final UpstreamServer server;
    private final Question question;
    private final Loop loop;
    private final Deadline deadline;
    private final Silence silence;
    private Wire.Sent sent = () -> {};
    private Loop.Alarm alarm = () -> {};
    private boolean ended;

    Call(UpstreamServer server, Question question, Loop loop, Deadline deadline, Silence silence) {
        this.server = server;
        this.question = question;
        this.loop = loop;
        this.deadline = deadline;
        this.silence = silence;
    }

    UpstreamServer server() {
        return server;
    }

    Question question() {
        return question;
    }

    /** The reply, which may be cut (TC). */
    CompletableFuture<byte[]> udp(Form form) {
        return send(Protocol.UDP, server.suited(form, loop.nanos()));
    }

    CompletableFuture<byte[]> tcp(Form form) {
        return send(Protocol.TCP, form);
    }

    /** Nobody wants to know any more. */
    void end() {
        ended = true;
        alarm.cancel();
        sent.abandon();
    }

    private CompletableFuture<byte[]> send(Protocol protocol, Form form) {
        long asked = loop.nanos();
        long left = deadline.left(asked);
        if (ended || left == 0) {
            return CompletableFuture.failedFuture(server.failure(Reason.TIMEOUT, "no time is left to ask"));
        }
        CompletableFuture<byte[]> reply = new CompletableFuture<>();
        long patience = Math.min(left, server.roundTrip(protocol).timeout());
        alarm = loop.after(patience, () -> silence(protocol, asked, patience, reply));
        Loop.Alarm own = alarm;
        Wire.Sent query = server.send(protocol, loop, question, form, new Wire.Outcome() {
            @Override
            public void answered(byte[] bytes) {
                own.cancel();
                reply.complete(bytes);
            }

            @Override
            public void answeredInOtherCase() {
                throw new IllegalStateException("the server's own affair");
            }

            @Override
            public void failed(Reason reason, String what) {
                own.cancel();
                reply.completeExceptionally(server.failure(reason, what));
            }
        });
        if (!reply.isDone()) {
            sent = query;
        }
        return reply;
    }

    private void silence(Protocol protocol, long asked, long patience, CompletableFuture<byte[]> reply) {
        server.silent(protocol, asked, loop.nanos());
        UpstreamException failure = server.failure(
                Reason.TIMEOUT,
                "no answer within " + TimeUnit.NANOSECONDS.toMillis(patience + HALF_A_MILLISECOND) + " ms");
        if (protocol == Protocol.UDP) {
            silence.noticed(this, failure);
        } else {
            sent.abandon();
            reply.completeExceptionally(failure);
        }
    }
}
