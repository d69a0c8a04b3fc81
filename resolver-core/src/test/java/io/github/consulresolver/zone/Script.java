package io.github.consulresolver.zone;

import io.github.consulresolver.dns.Question;
import io.github.consulresolver.dns.Reply;
import io.github.consulresolver.upstream.Upstream;
import io.github.consulresolver.upstream.UpstreamException;
import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.xbill.DNS.Rcode;

/** An upstream that does as a test says, in the time of that test. What it knows it says at once, unless it is in trouble. */
final class Script implements Upstream {
    /** What a question may take. */
    private static final Duration BUDGET = Duration.ofMillis(4500);

    private final VirtualTime time;
    private final List<Question> asked = new ArrayList<>();
    private final Map<Question, Reply> known = new HashMap<>();
    private final Map<Question, Function<Question, CompletableFuture<byte[]>>> troubles = new HashMap<>();
    private Function<Question, CompletableFuture<byte[]>> behaviour = this::answer;

    Script(VirtualTime time) {
        this.time = time;
    }

    @Override
    public CompletableFuture<byte[]> ask(Question question) {
        asked.add(question);
        return troubles.getOrDefault(question, behaviour).apply(question);
    }

    /** How often it has been asked. */
    int asked() {
        return asked.size();
    }

    int asked(Question question) {
        return (int) asked.stream().filter(question::equals).count();
    }

    /** From now on, and as soon as it answers at all, it knows these records. */
    Script knows(String name, int type, String... records) {
        known.put(Question.of(name, type), Reply.to(name, type).answer(records));
        return this;
    }

    Script hasNothing(String name, int type) {
        return knows(name, type);
    }

    /** From now on there is no such name. */
    Script forgets(String name) {
        known.keySet().removeIf(question -> question.name().equals(name));
        return this;
    }

    private CompletableFuture<byte[]> answer(Question question) {
        Reply reply = known.get(question.withoutSubnet());
        return CompletableFuture.completedFuture(reply != null ? reply.wire() : reply(question, Rcode.NXDOMAIN));
    }

    private static byte[] reply(Question question, int rcode) {
        return Reply.to(question.name(), question.type()).rcode(rcode).wire();
    }

    void answers() {
        behaviour = this::answer;
        troubles.clear();
    }

    /** As behind a wildcard. */
    void knowsEverything() {
        behaviour = question -> CompletableFuture.completedFuture(Reply.to(question.name(), question.type())
                .answer(question.name() + " 60 IN A 192.0.2.1")
                .wire());
    }

    void answersAfter(Duration delay) {
        behaviour = question -> after(delay, () -> answer(question));
    }

    /** Paused, or behind a cable that is cut. */
    void isSilent() {
        behaviour = this::silence;
    }

    void isSilentAbout(Question question) {
        troubles.put(question, this::silence);
    }

    private CompletableFuture<byte[]> silence(Question question) {
        return after(BUDGET, () -> failure(Reason.TIMEOUT));
    }

    /** Killed: nothing listens there. */
    void isGone() {
        behaviour = question -> failure(Reason.UNREACHABLE);
    }

    void breaksOff() {
        behaviour = question -> failure(Reason.CLOSED);
    }

    void fails(Reason reason) {
        behaviour = question -> failure(reason);
    }

    /** As an agent without a leader does. */
    void says(int rcode) {
        behaviour = question -> CompletableFuture.completedFuture(reply(question, rcode));
    }

    void says(int rcode, Question about) {
        troubles.put(about, question -> CompletableFuture.completedFuture(reply(question, rcode)));
    }

    private static CompletableFuture<byte[]> failure(Reason reason) {
        return CompletableFuture.failedFuture(new UpstreamException(reason, "as the test wants it"));
    }

    private CompletableFuture<byte[]> after(Duration delay, Supplier<CompletableFuture<byte[]>> outcome) {
        CompletableFuture<byte[]> later = new CompletableFuture<>();
        time.schedule(
                delay,
                () -> outcome.get().whenComplete((reply, failure) -> {
                    if (failure == null) {
                        later.complete(reply);
                    } else {
                        later.completeExceptionally(failure);
                    }
                }));
        return later;
    }
}
