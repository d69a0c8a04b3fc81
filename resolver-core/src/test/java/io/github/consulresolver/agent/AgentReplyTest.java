package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentReplyTest {

    private static AgentReply<String> with(Map<String, String> headers) {
        return AgentReply.of(200, headers, Optional.of("body"));
    }

    @Test
    void what_consul_says_in_its_headers_is_read() {
        assertThat(with(Map.of(
                        "x-consul-index", "17",
                        "x-consul-knownleader", "true",
                        "x-consul-lastcontact", "25",
                        "x-consul-results-filtered-by-acls", "true")))
                .isEqualTo(new AgentReply<>(200, 17, true, Duration.ofMillis(25), true, Optional.of("body")));
    }

    @Test
    void without_headers_there_is_no_index_and_nothing_that_speaks_against_it() {
        assertThat(with(Map.of())).isEqualTo(new AgentReply<>(200, 0, true, Duration.ZERO, false, Optional.of("body")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "", "x", "1.5", "99999999999999999999"})
    void an_index_that_is_none_is_0(String index) {
        assertThat(with(Map.of("x-consul-index", index)).index()).isZero();
    }

    @Test
    void servers_without_a_leader_say_so() {
        assertThat(with(Map.of("x-consul-knownleader", "false")).knownLeader()).isFalse();
    }

    @Test
    void an_agent_that_streams_does_not_know_of_leaders() {
        AgentReply<String> reply = with(Map.of("x-consul-knownleader", "false", "x-consul-query-backend", "streaming"));

        assertThat(reply.knownLeader()).isTrue();
        assertThat(reply.streamed()).isTrue();
    }
}
