package io.github.consulresolver.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.agent.AgentSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AnsweringInstancesTest {
    private final AnsweringInstances answering = new AnsweringInstances();

    @Test
    void without_access_control_no_entries_are_no_instances() {
        answering.learn(aclsEnabled(false));

        assertThat(answering.of(List.of())).isEmpty();
    }

    @Test
    void with_access_control_no_entries_say_nothing() {
        answering.learn(aclsEnabled(true));

        assertThatThrownBy(() -> answering.of(List.of())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void an_agent_that_does_not_tell_may_have_access_control() {
        answering.learn(AgentSettings.UNKNOWN);

        assertThatThrownBy(() -> answering.of(List.of())).isInstanceOf(IllegalStateException.class);
    }

    private static AgentSettings aclsEnabled(boolean enabled) {
        return new AgentSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(enabled));
    }
}
