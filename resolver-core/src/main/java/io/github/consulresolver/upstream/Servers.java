package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import io.github.consulresolver.upstream.UpstreamListener.Protocol;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Servers that know the same, in the order in which they are preferred. Those that fail are asked last, and tried again beside a question that
 * goes to another, one at a time: nobody waits for a trial. When all fail, all are asked as if none did: there is nobody better.
 * Thread-safe.
 */
final class Servers {
    /**
     * Questions under way at one time. A server that answers within 100 ms is asked twenty thousand a second at most; one that does not
     * answer at all costs this many sockets for each try, and no more.
     */
    static final int MOST_QUESTIONS = 2_000;

    /** An answer is not late before this, however quick the server is: to ask twice costs more than that. */
    static final Duration EARLIEST_HEDGE = Duration.ofMillis(50);

    /** Of so many questions one may be hedged. */
    static final int QUESTIONS_A_HEDGE = 20;

    /** So many hedges may come one after the other when there were none for long. */
    static final int MOST_HEDGES = 10;

    /** What is done beyond asking one after the other. */
    enum Haste {
        /** A second server is asked early when the first takes longer than usual. */
        HEDGED,
        /** The second server is asked when the first has failed or is silent. */
        PATIENT
    }

    private final List<UpstreamServer> servers;
    private final Dialogue dialogue;
    private final Haste haste;
    private final Loops loops;
    private final UpstreamListener listener;
    /** One for all: in a flood there are many, and they are to cost nothing. */
    private final UpstreamException overloaded;

    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger hedgeCredit = new AtomicInteger(MOST_HEDGES * QUESTIONS_A_HEDGE);

    /** @param addresses resolved, in order; at least one */
    Servers(List<InetSocketAddress> addresses, Dialogue dialogue, Haste haste, Loops loops, UpstreamListener listener) {
        servers = addresses.stream()
                .map(address -> new UpstreamServer(address, listener))
                .toList();
        this.dialogue = dialogue;
        this.haste = haste;
        this.loops = loops;
        this.listener = listener;
        overloaded = new UpstreamException(
                Reason.OVERLOADED, MOST_QUESTIONS + " questions are under way to " + names() + " already");
    }

    /** Asks them, in a round of their own. Fails with an {@link UpstreamException}. */
    CompletableFuture<byte[]> ask(Question question) {
        if (underWay.incrementAndGet() > MOST_QUESTIONS) {
            underWay.decrementAndGet();
            return CompletableFuture.failedFuture(overloaded);
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        CompletableFuture<byte[]> counted = answer.whenComplete((reply, failure) -> underWay.decrementAndGet());
        try {
            Loop loop = loops.here();
            loop.execute(() -> begin(question, loop, answer));
        } catch (RejectedExecutionException ended) {
            answer.completeExceptionally(new UpstreamException(Reason.NO_UPSTREAM, "the event loops have ended"));
        }
        return counted;
    }

    private void begin(Question question, Loop loop, CompletableFuture<byte[]> answer) {
        hedgeCredit.accumulateAndGet(1, (credit, earned) -> Math.min(MOST_HEDGES * QUESTIONS_A_HEDGE, credit + earned));
        new Round(this, question, loop, answer).begin();
        if (servers.stream().anyMatch(server -> !server.failures().isFailing())) {
            for (UpstreamServer server : servers) {
                if (server.failures().beginTrial(loop.nanos())) {
                    tryOut(server, question, loop);
                }
            }
        }
    }

    /** What it answers is nobody's, that it does is what matters. */
    private void tryOut(UpstreamServer server, Question question, Loop loop) {
        Call call = new Call(server, question, loop, Deadline.from(loop.nanos()), (silent, failure) -> silent.end());
        dialogue.hold(call).whenComplete((reply, failure) -> server.failures().endTrial());
    }

    /** Those that do not fail first. */
    List<UpstreamServer> order() {
        if (servers.size() == 1) {
            return servers;
        }
        List<UpstreamServer> order = new ArrayList<>(servers.size());
        List<UpstreamServer> failing = new ArrayList<>();
        for (UpstreamServer server : servers) {
            (server.failures().isFailing() ? failing : order).add(server);
        }
        order.addAll(failing);
        return order;
    }

    Dialogue dialogue() {
        return dialogue;
    }

    UpstreamListener listener() {
        return listener;
    }

    /** Whether another one may be asked beside this one, because it is known when an answer of this one is late. */
    boolean hedges(UpstreamServer first) {
        return haste == Haste.HEDGED
                && late(first) < first.roundTrip(Protocol.UDP).timeout();
    }

    /** How long after a question an answer of this server is late, in nanoseconds. */
    long late(UpstreamServer server) {
        return Math.max(EARLIEST_HEDGE.toNanos(), server.roundTrip(Protocol.UDP).late());
    }

    /** Whether a server may be asked before its turn. Told once a hedge: it is taken from what there may be. */
    boolean takeHedge(UpstreamServer second) {
        if (second.failures().isFailing()) {
            return false;
        }
        int before =
                hedgeCredit.getAndUpdate(credit -> credit >= QUESTIONS_A_HEDGE ? credit - QUESTIONS_A_HEDGE : credit);
        boolean granted = before >= QUESTIONS_A_HEDGE;
        if (granted) {
            listener.hedged(second.address());
        }
        return granted;
    }

    /** What is said when all failed: the reason is that of the last one, the message tells of each. */
    UpstreamException failure(List<UpstreamException> failures) {
        if (failures.isEmpty()) {
            return new UpstreamException(Reason.TIMEOUT, "no time is left to ask " + names());
        }
        return new UpstreamException(
                failures.get(failures.size() - 1).reason(),
                failures.stream().map(UpstreamException::getMessage).collect(Collectors.joining("; ")));
    }

    private String names() {
        return servers.stream().map(server -> server.address().toString()).collect(Collectors.joining(", "));
    }
}
