package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One question's way round the servers that may know the answer. There is always one asked of whom an answer may still be expected, as long
 * as there is time: when that one fails, or is silent for too long, the next one is asked. Those that were silent are listened to until the
 * end, and asked again in their turn; the first good answer ends it. Who failed otherwise has one more turn, unless that would fail the same way.
 *
 * <p>All on the question's loop.
 */
final class Round {
    /** Queries of one question that are listened to at one time; then the oldest is given up. */
    private static final int MOST_OPEN = 4;

    private final Servers servers;
    private final Question question;
    private final Loop loop;
    private final CompletableFuture<byte[]> answer;
    private final Deadline deadline;
    private final Deque<UpstreamServer> waiting;
    private final Deque<Turn> open = new ArrayDeque<>(2);
    private final Map<InetSocketAddress, UpstreamException> failures = new LinkedHashMap<>(2);
    private int untried;
    private int hopeful;

    Round(Servers servers, Question question, Loop loop, CompletableFuture<byte[]> answer) {
        this.servers = servers;
        this.question = question;
        this.loop = loop;
        this.answer = answer;
        deadline = Deadline.from(loop.nanos());
        List<UpstreamServer> order = servers.order();
        waiting = new ArrayDeque<>(order);
        untried = order.size();
    }

    void begin() {
        next();
    }

    private void next() {
        long now = loop.nanos();
        UpstreamServer server = waiting.peek();
        if (server == null || deadline.left(now) == 0) {
            fail();
            return;
        }
        waiting.remove();
        boolean first = untried > 0;
        Deadline end = first ? deadline.share(untried, now) : deadline;
        untried = Math.max(0, untried - 1);
        if (open.size() == MOST_OPEN) {
            open.remove().call.end();
        }
        new Turn(server, end, first).begin();
    }

    private void succeed(byte[] reply) {
        end();
        answer.complete(reply);
    }

    private void fail() {
        end();
        answer.completeExceptionally(servers.failure(List.copyOf(failures.values())));
    }

    private void end() {
        new ArrayList<>(open).forEach(turn -> turn.call.end());
        open.clear();
    }

    /** Failures by server; a later one stands at the end. */
    private void note(UpstreamServer server, UpstreamException failure) {
        failures.remove(server.address());
        failures.put(server.address(), failure);
    }

    /** One server's turn. */
    private final class Turn {
        private final UpstreamServer server;
        private final Call call;
        private final boolean first;
        private Loop.Alarm hedge = () -> {};
        private boolean silent;

        Turn(UpstreamServer server, Deadline end, boolean first) {
            this.server = server;
            this.first = first;
            call = new Call(server, question, loop, end, (self, failure) -> silent(failure));
        }

        void begin() {
            hopeful++;
            open.add(this);
            if (!first) {
                servers.listener().retried(server.address());
            }
            UpstreamServer second = waiting.peek();
            if (open.size() == 1 && first && second != null && servers.hedges(server)) {
                hedge = loop.after(servers.late(server), () -> hedge(second));
            }
            servers.dialogue().hold(call).whenComplete((reply, failure) -> {
                hedge.cancel();
                if (answer.isDone()) {
                    return;
                }
                if (reply != null) {
                    succeed(reply);
                } else {
                    failed(Attempts.asUpstream(failure));
                }
            });
        }

        private void failed(UpstreamException failure) {
            open.remove(this);
            note(server, failure);
            boolean again = switch (failure.reason()) {
                case TIMEOUT -> true;
                case CLOSED, MISMATCHED -> first;
                case UNREACHABLE, NO_EDNS, REFUSED, OVERLOADED, NO_UPSTREAM -> false;
            };
            if (silent) {
                // That it was is known already, and what followed from it is done.
                return;
            }
            if (again) {
                waiting.add(server);
            }
            goOn();
        }

        private void silent(UpstreamException failure) {
            hedge.cancel();
            note(server, failure);
            waiting.add(server);
            silent = true;
            goOn();
        }

        /** One less of whom an answer is expected. */
        private void goOn() {
            if (--hopeful == 0) {
                next();
            }
        }

        private void hedge(UpstreamServer second) {
            if (waiting.peek() == second && servers.takeHedge(second)) {
                next();
            }
        }
    }
}
