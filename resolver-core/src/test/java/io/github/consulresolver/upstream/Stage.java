package io.github.consulresolver.upstream;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * A network of servers A, B, C ... that do what a test tells them, with a time that passes when a test says so. What is sent is written down:
 * {@code 300 B} is a datagram to B at 300 ms, {@code 300 B tcp} a query over TCP.
 */
final class Stage implements Loops, Loop, UpstreamListener {
    static final Question QUESTION = Question.of("www.example.com", Type.A);

    final List<String> sent = new ArrayList<>();
    final List<String> heard = new ArrayList<>();

    private final Map<Character, Host> hosts = new TreeMap<>();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.comparingLong((Task task) -> task.due).thenComparingLong(task -> task.place));
    /** System.nanoTime() may be anything; so close to its end, whoever compares instead of subtracting fails. */
    private final long start = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2);

    private long elapsed;
    private long places;

    RecursorUpstream recursors(String names) {
        return new RecursorUpstream(addresses(names), this, this, null);
    }

    AgentGroup agents(String names) {
        return new AgentGroup(addresses(names), this, this);
    }

    AgentUpstream agent(String name) {
        return new AgentUpstream(addresses(name).get(0), this, this);
    }

    private List<InetSocketAddress> addresses(String names) {
        return names.chars().mapToObj(name -> host((char) name).address).toList();
    }

    /** What a server does from now on. */
    void let(char name, Consumer<Asked> behaviour) {
        host(name).behaviour = behaviour;
    }

    /** What several do from now on. */
    void let(String names, Consumer<Asked> behaviour) {
        names.chars().forEach(name -> let((char) name, behaviour));
    }

    /** Time passes, and what is due happens. */
    void pass(long millis) {
        long until = elapsed + Duration.ofMillis(millis).toNanos();
        while (!tasks.isEmpty() && tasks.peek().due <= until) {
            Task task = tasks.remove();
            elapsed = Math.max(elapsed, task.due);
            task.what.run();
        }
        elapsed = until;
    }

    /** Asks this many questions, one after the other, each answered before the next. */
    void ask(Upstream upstream, int times) {
        for (int i = 0; i < times; i++) {
            CompletableFuture<byte[]> answer = upstream.ask(QUESTION);
            for (int waited = 0; !answer.isDone() && waited < 10_000; waited++) {
                pass(1);
            }
        }
    }

    /** Forgets what was written down. */
    void forget() {
        sent.clear();
        heard.clear();
    }

    /** Alarms that are to come; none when nothing is under way. */
    int alarms() {
        return tasks.size();
    }

    /** Queries that nobody has answered or abandoned. */
    long underWay() {
        return hosts.values().stream()
                .flatMap(host -> host.queries.stream())
                .filter(Asked::isOpen)
                .count();
    }

    long millis() {
        return Duration.ofNanos(elapsed).toMillis();
    }

    @Override
    public Loop here() {
        return this;
    }

    @Override
    public long nanos() {
        return start + elapsed;
    }

    @Override
    public void execute(Runnable task) {
        task.run();
    }

    @Override
    public Alarm after(long nanos, Runnable what) {
        Task task = new Task(elapsed + nanos, places++, what);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public Wire wire(InetSocketAddress server) {
        return hosts.values().stream()
                .filter(host -> host.address.equals(server))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void down(InetSocketAddress server) {
        heard.add(name(server) + " down");
    }

    @Override
    public void up(InetSocketAddress server) {
        heard.add(name(server) + " up");
    }

    @Override
    public void hedged(InetSocketAddress server) {
        heard.add(name(server) + " hedged");
    }

    @Override
    public void retried(InetSocketAddress server) {
        heard.add(name(server) + " retried");
    }

    private static char name(InetSocketAddress server) {
        return (char) server.getPort();
    }

    private Host host(char name) {
        return hosts.computeIfAbsent(name, Host::new);
    }

    private record Task(long due, long place, Runnable what) {}

    /** A server. */
    private final class Host implements Wire {
        private final char name;
        private final InetSocketAddress address;
        private final List<Asked> queries = new ArrayList<>();
        private Consumer<Asked> behaviour = asked -> {};

        Host(char name) {
            this.name = name;
            try {
                // Small letters are on this host.
                byte last = (byte) name;
                InetAddress ip = InetAddress.getByAddress(
                        Character.isLowerCase(name)
                                ? new byte[] {127, 0, 0, last}
                                : new byte[] {(byte) 192, 0, 2, last});
                address = new InetSocketAddress(ip, name);
            } catch (UnknownHostException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }

        @Override
        public Sent udp(Question question, Form form, Outcome outcome) {
            return take(new Asked(question, form, outcome, false), "");
        }

        @Override
        public Sent tcp(Question question, Form form, Outcome outcome) {
            return take(new Asked(question, form, outcome, true), " tcp");
        }

        private Sent take(Asked asked, String how) {
            sent.add(millis() + " " + name + how + (asked.form.hasEdns() ? "" : " plain"));
            queries.add(asked);
            behaviour.accept(asked);
            return asked;
        }
    }

    /** A query that came to a server. */
    final class Asked implements Wire.Sent {
        final Question question;
        final Form form;
        final boolean tcp;
        private final Wire.Outcome outcome;
        private boolean open = true;

        Asked(Question question, Form form, Wire.Outcome outcome, boolean tcp) {
            this.question = question;
            this.form = form;
            this.outcome = outcome;
            this.tcp = tcp;
        }

        boolean isOpen() {
            return open;
        }

        @Override
        public void abandon() {
            open = false;
        }

        /** An address, after so long. */
        void answer(long millis) {
            in(
                    millis,
                    () -> outcome.answered(reply().answer(question.name() + " 60 IN A 192.0.2.1")
                            .wire()));
        }

        /** The same, as from an agent that has cut it. */
        void answerWithoutOpt(long millis) {
            in(
                    millis,
                    () -> outcome.answered(bare().answer(question.name() + " 60 IN A 192.0.2.1")
                            .wire()));
        }

        /** A response code, after so long. */
        void say(int rcode, long millis) {
            in(millis, () -> outcome.answered(reply().rcode(rcode).wire()));
        }

        /** What did not fit was cut. */
        void cut(long millis) {
            in(millis, () -> outcome.answered(reply().flag(Flags.TC).wire()));
        }

        /** An address, and the name in other letters; where it was asked in small ones, in those. */
        void answerInOtherCase(long millis) {
            if (form.mixedCase()) {
                in(millis, outcome::answeredInOtherCase);
            } else {
                answer(millis);
            }
        }

        /** Something of another name. */
        void stray(long millis) {
            in(
                    millis,
                    () -> outcome.answered(
                            reply().answer("bank.example. 60 IN A 192.0.2.66").wire()));
        }

        void fail(Reason reason, long millis) {
            in(millis, () -> outcome.failed(reason, reason.name()));
        }

        private void in(long millis, Runnable what) {
            after(Duration.ofMillis(millis).toNanos(), () -> {
                if (open) {
                    open = false;
                    what.run();
                }
            });
        }

        private Reply reply() {
            return bare().opt();
        }

        private Reply bare() {
            try {
                return Reply.to(new Message(new SentQuery(question, 0, form).message()));
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
        }
    }

    /** The response code of what came; the test fails when nothing has. */
    static int rcode(CompletableFuture<byte[]> answer) {
        return Rcode.NOERROR + Replies.rcode(answer.getNow(new byte[0]));
    }
}
