package io.github.consulresolver.devagent.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.consulresolver.devagent.DevAgent;
import io.github.consulresolver.devagent.ServiceRegistration;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

class DevAgentExtensionTest {
    @Nested
    @ExtendWith(DevAgentExtension.class)
    class EachTest {
        @BeforeEach
        void prepare(DevAgent agent) {
            agent.registerNode("n2", "10.0.0.2");
        }

        @RepeatedTest(2)
        void has_an_agent_of_its_own(DevAgent agent) {
            assertThat(agent.deregister("web")).isFalse();
            agent.register(ServiceRegistration.of("web", 80));
        }

        @Test
        void shares_it_with_its_preparation(DevAgent agent) {
            assertThat(agent.deregisterNode("n2")).isTrue();
        }
    }

    @Nested
    class AClass {
        @RegisterExtension
        static final DevAgentExtension CONSUL = DevAgentExtension.with(agent -> agent.withDemonstrationServices());

        private static DevAgent shared;

        @BeforeAll
        static void take(DevAgent agent) {
            shared = agent;
        }

        @Test
        void that_takes_the_agent_before_all_tests_shares_it_with_each(DevAgent agent) {
            assertThat(agent).isSameAs(shared);
        }

        @Test
        void can_set_how_the_agent_is(DevAgent agent) {
            agent.register(ServiceRegistration.of("extra", 1).node("db-1"));
            assertThat(agent.deregister("web-1")).isTrue();
        }
    }

    @AfterAll
    static void the_agent_of_a_class_is_closed_after_its_last_test() {
        assertThatThrownBy(() -> new Socket(
                                AClass.shared.httpAddress().getAddress(),
                                AClass.shared.httpAddress().getPort())
                        .close())
                .isInstanceOf(IOException.class);
    }
}
