package io.github.consulresolver.upstream;

import static io.github.consulresolver.upstream.Stage.QUESTION;
import static io.github.consulresolver.upstream.Upstreams.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.upstream.UpstreamException.Reason;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;

/** Agents that answer, hang and come back. Small letters are agents on this host, capital ones agents elsewhere. */
class AgentScenariosTest {
    private final Stage stage = new Stage();

    @Test
    void an_agent_on_this_host_is_asked_over_udp() {
        stage.let('a', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.agent("a").ask(QUESTION);
        stage.pass(1);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 a");
    }

    @Test
    void an_agent_elsewhere_is_asked_over_tcp() {
        stage.let('A', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.agent("A").ask(QUESTION);
        stage.pass(1);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 A tcp");
    }

    @Test
    void what_one_agent_alone_says_is_passed_on_be_it_that_it_cannot() {
        stage.let('a', asked -> asked.say(Rcode.SERVFAIL, 1));
        CompletableFuture<byte[]> answer = stage.agent("a").ask(QUESTION);
        stage.pass(1);

        assertThat(Stage.rcode(answer)).isEqualTo(Rcode.SERVFAIL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A", "ab", "AB", "abc"})
    void agents_that_hang_fail_a_question_after_four_and_a_half_seconds(String names) {
        CompletableFuture<byte[]> answer = stage.agents(names).ask(QUESTION);
        stage.pass(4499);
        assertThat(answer).isNotDone();
        stage.pass(1);

        assertThat(failureOf(answer).reason()).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void after_three_agents_that_hang_the_fourth_has_its_turn() {
        stage.let('d', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.agents("abcd").ask(QUESTION);
        stage.pass(4500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void after_three_agents_elsewhere_that_hang_the_fourth_has_its_turn() {
        stage.let('D', asked -> asked.answer(1));
        CompletableFuture<byte[]> answer = stage.agents("ABCD").ask(QUESTION);
        stage.pass(4500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void an_agent_that_hangs_is_asked_last_from_then_on() {
        stage.let('b', asked -> asked.answer(1));
        AgentGroup agents = stage.agents("ab");
        stage.ask(agents, 1);
        stage.forget();
        stage.ask(agents, 3);

        assertThat(stage.sent).hasSize(3).allMatch(line -> line.endsWith("b"));
    }

    @Test
    void an_agent_without_a_leader_is_passed_over_and_not_held_to_fail() {
        stage.let('a', asked -> asked.say(Rcode.SERVFAIL, 1));
        stage.let('b', asked -> asked.answer(1));
        AgentGroup agents = stage.agents("ab");
        stage.ask(agents, 1);

        assertThat(stage.sent).containsExactly("0 a", "1 b");
        assertThat(stage.heard).isEmpty();
    }

    @Test
    void an_agent_that_is_back_is_the_first_again() {
        stage.let('a', asked -> asked.fail(Reason.UNREACHABLE, 0));
        stage.let('b', asked -> asked.answer(1));
        AgentGroup agents = stage.agents("ab");
        stage.ask(agents, 1);
        stage.let('a', asked -> asked.answer(1));
        stage.pass(1000);
        stage.ask(agents, 1);
        stage.pass(1);
        stage.forget();
        stage.ask(agents, 1);

        assertThat(stage.sent).hasSize(1).allMatch(line -> line.endsWith("a"));
    }

    @Test
    void an_agent_that_stood_still_for_a_while_answers_late_and_that_counts() {
        stage.let('a', asked -> asked.answer(4000));
        CompletableFuture<byte[]> answer = stage.agent("a").ask(QUESTION);
        stage.pass(4000);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
    }

    @Test
    void an_agent_that_hangs_for_long_is_asked_three_times_a_question_at_most() {
        AgentUpstream agent = stage.agent("a");
        agent.ask(QUESTION);
        stage.pass(4500);
        stage.forget();
        agent.ask(QUESTION);
        stage.pass(4500);

        assertThat(stage.sent).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void what_was_cut_counts_when_the_rest_does_not_come_over_tcp() {
        stage.let('a', asked -> {
            if (!asked.tcp) {
                asked.answerWithoutOpt(1);
            }
        });
        CompletableFuture<byte[]> answer = stage.agent("a").ask(QUESTION);
        stage.pass(4500);

        assertThat(answer).isCompleted().isNotCompletedExceptionally();
        assertThat(stage.sent).containsExactly("0 a", "1 a tcp");
    }

    @Test
    void agents_that_say_they_cannot_fail_with_what_each_said() {
        stage.let('a', asked -> asked.say(Rcode.SERVFAIL, 1));
        stage.let('b', asked -> asked.say(Rcode.REFUSED, 1));
        CompletableFuture<byte[]> answer = stage.agents("ab").ask(QUESTION);
        stage.pass(10);

        assertThat(failureOf(answer)).hasMessage("127.0.0.97:97: answered SERVFAIL; 127.0.0.98:98: answered REFUSED");
    }
}
