package io.github.consulresolver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
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

    private void run() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void a_slow_reader_is_told_the_last_only() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        mailbox.offer(of("a"));
        mailbox.offer(of("b"));
        run();

        assertThat(read).containsExactly(of("b"));
    }

    @Test
    void there_is_one_call_at_a_time() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        mailbox.offer(of("a"));
        mailbox.offer(of("b"));

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
                        own.get(0).offer(of("b"));
                        assertThat(seen).hasSize(1);
                    }
                },
                Mailbox.UNBOUNDED));
        own.get(0).offer(of("a"));

        assertThat(seen).containsExactly(of("a"), of("b"));
    }

    @Test
    void what_changed_and_changed_back_is_not_told() {
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        mailbox.offer(of("a"));
        run();
        mailbox.offer(of("b"));
        mailbox.offer(of("a"));
        run();

        assertThat(read).containsExactly(of("a"));
    }

    @Test
    void he_is_told_as_many_as_he_wants() {
        Mailbox mailbox = mailbox(0);
        mailbox.offer(of("a"));
        run();
        assertThat(read).isEmpty();

        mailbox.request(1);
        run();
        mailbox.offer(of("b"));
        run();
        mailbox.offer(of("c"));
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
        mailbox.offer(of("a"));
        run();

        assertThat(read).containsExactly(of("a"));
    }

    @Test
    void the_last_word_is_the_last_and_said_once() {
        List<String> words = new ArrayList<>();
        Mailbox mailbox = mailbox(Mailbox.UNBOUNDED);
        mailbox.offer(of("a"));
        mailbox.end(() -> words.add("one"));
        mailbox.end(() -> words.add("other"));
        mailbox.offer(of("b"));
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
