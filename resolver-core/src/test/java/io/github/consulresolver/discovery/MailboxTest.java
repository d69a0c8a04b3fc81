package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What a reader is told, when, and how often. */
class MailboxTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Endpoints> read = new ArrayList<>();

    private static Endpoints of(String service) {
        return new Endpoints(ServiceName.of(service), List.of());
    }

    private Mailbox mailbox(long wanted) {
        return new Mailbox(tasks::add, read::add, wanted);
    }

    private static void offer(Mailbox mailbox, Endpoints value) {
        mailbox.put(value);
        mailbox.deliver();
    }

    private void run() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void a_slow_reader_is_told_the_last_only() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        offer(mailbox, of("a"));
        offer(mailbox, of("b"));
        run();

        assertThat(read).containsExactly(of("b"));
    }

    @Test
    void there_is_one_call_at_a_time() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        offer(mailbox, of("a"));
        offer(mailbox, of("b"));

        assertThat(tasks).hasSize(1);
    }

    @Test
    void what_comes_while_he_reads_is_told_afterwards() {
        List<Endpoints> seen = new ArrayList<>();
        List<Mailbox> own = new ArrayList<>();
        own.add(new Mailbox(
                Runnable::run,
                endpoints -> {
                    seen.add(endpoints);
                    if (seen.size() == 1) {
                        offer(own.get(0), of("b"));
                        assertThat(seen).hasSize(1);
                    }
                },
                Mailbox.UNBOUNDED));
        offer(own.get(0), of("a"));

        assertThat(seen).containsExactly(of("a"), of("b"));
    }

    @Test
    void what_changed_and_changed_back_is_not_told() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        offer(mailbox, of("a"));
        run();
        offer(mailbox, of("b"));
        offer(mailbox, of("a"));
        run();

        assertThat(read).containsExactly(of("a"));
    }

    @Test
    void what_the_executor_would_not_take_is_told_when_it_does() {
        List<Runnable> taken = new ArrayList<>();
        Queue<String> refusals = new ArrayDeque<>(List.of("full"));
        Mailbox mailbox = new Mailbox(
                task -> {
                    if (!refusals.isEmpty()) {
                        throw new RejectedExecutionException(refusals.remove());
                    }
                    taken.add(task);
                },
                read::add,
                Mailbox.UNBOUNDED);
        offer(mailbox, of("a"));
        assertThat(taken).isEmpty();

        mailbox.deliver();
        taken.forEach(Runnable::run);
        assertThat(read).containsExactly(of("a"));
    }

    @Test
    void where_there_is_nothing_to_tell_the_executor_has_nothing_to_do() {
        Mailbox mailbox = mailbox(1);
        mailbox.deliver();
        offer(mailbox, of("a"));
        run();
        offer(mailbox, of("b"));
        mailbox.deliver();

        assertThat(tasks).isEmpty();
    }

    @Test
    void he_is_told_as_many_as_he_wants() {
        Mailbox mailbox = mailbox(0);
        offer(mailbox, of("a"));
        run();
        assertThat(read).isEmpty();

        mailbox.request(1);
        run();
        offer(mailbox, of("b"));
        run();
        offer(mailbox, of("c"));
        run();
        assertThat(read).containsExactly(of("a"));

        mailbox.request(1);
        run();
        assertThat(read).containsExactly(of("a"), of("c"));
    }

    @Test
    void a_reader_who_wants_more_than_there_are_numbers_wants_all() {
        Mailbox mailbox = mailbox(2);
        mailbox.request(Long.MAX_VALUE);
        mailbox.request(Long.MAX_VALUE);
        offer(mailbox, of("a"));
        run();

        assertThat(read).containsExactly(of("a"));
    }

    @Test
    void the_last_word_is_the_last_and_said_once() {
        List<String> words = new ArrayList<>();
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        offer(mailbox, of("a"));
        mailbox.end(() -> words.add("one"));
        mailbox.end(() -> words.add("other"));
        offer(mailbox, of("b"));
        run();

        assertThat(read).isEmpty();
        assertThat(words).containsExactly("one");
    }

    @Test
    void who_has_left_hears_no_last_word() {
        List<String> words = new ArrayList<>();
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        mailbox.end(() -> words.add("last"));
        mailbox.end();
        run();

        assertThat(words).isEmpty();
    }
}
