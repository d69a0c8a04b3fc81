package io.github.consulresolver.devagent.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

/** When the agent of a class is closed: JUnit calls it so, nested classes within their outer one. */
class FakeAgentLifeTest {
    @SuppressWarnings("NullAway") // it looks at none
    private static final ExtensionContext NO_CONTEXT = null;

    private static void connect(FakeAgent agent) throws IOException {
        InetSocketAddress address = agent.httpAddress();
        new Socket(address.getAddress(), address.getPort()).close();
    }

    @Test
    void it_is_closed_after_its_class_and_not_after_a_nested_one() throws IOException {
        FakeAgent agent = FakeAgent.start();
        agent.beforeAll(NO_CONTEXT);
        agent.beforeAll(NO_CONTEXT);
        agent.afterAll(NO_CONTEXT);
        connect(agent);

        agent.afterAll(NO_CONTEXT);
        assertThatThrownBy(() -> connect(agent)).isInstanceOf(IOException.class);
    }

    @Test
    void a_class_after_that_has_it_again_at_the_same_address() throws IOException {
        FakeAgent agent = FakeAgent.start();
        String before = agent.http();
        agent.beforeAll(NO_CONTEXT);
        agent.afterAll(NO_CONTEXT);

        agent.beforeAll(NO_CONTEXT);
        agent.beforeEach(NO_CONTEXT);

        connect(agent);
        assertThat(agent.http()).isEqualTo(before);
        agent.afterAll(NO_CONTEXT);
    }
}
