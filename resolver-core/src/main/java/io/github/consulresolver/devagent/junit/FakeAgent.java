package io.github.consulresolver.devagent.junit;

import io.github.consulresolver.devagent.DevAgent;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Consul agent in memory for the tests of a class, which have it do what they need.
 *
 * <pre>{@code
 * class OrdersClientTest {
 *     @RegisterExtension
 *     static final FakeAgent consul = FakeAgent.start();
 *
 *     private final ServiceResolver resolver =
 *             ServiceResolver.builder().agents(consul.dns()).http(consul.http()).build();
 *
 *     @Test
 *     void an_order_goes_to_the_instance_that_is_well() {
 *         RegisteredInstance ill = consul.register("orders", "10.0.0.7", 8081);
 *         consul.register("orders", "10.0.0.8", 8081);
 *         ill.fail();
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>It answers as soon as it is made. Before each test it {@linkplain #reset forgets} what the one before had it do, and after the last of the
 * class it is closed. The field has to be static, and tests that share it must not run at the same time.
 *
 * <p>Needs the JUnit Jupiter API, 5.8 or newer, which this library does not bring along. Thread-safe.
 */
public final class FakeAgent extends DevAgent implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    /** A nested class begins and ends within its outer one. */
    private int classes;

    private FakeAgent(Builder builder) {
        super(builder);
    }

    /**
     * Starts an agent on free ports of 127.0.0.1, with no services but {@code consul} itself.
     *
     * @return the agent, which answers already
     * @throws UncheckedIOException if the loopback address cannot be bound
     */
    public static FakeAgent start() {
        return start(UnaryOperator.identity());
    }

    /**
     * Starts an agent that is not as {@link #start()} makes it.
     *
     * @param settings changes the builder, for example {@code agent -> agent.datacenter("dc2")}
     * @return the agent, which answers already
     * @throws UncheckedIOException if an address cannot be bound; the message says which
     */
    public static FakeAgent start(UnaryOperator<Builder> settings) {
        return new FakeAgent(settings.apply(builder()));
    }

    @Override
    public synchronized void beforeAll(ExtensionContext context) {
        classes++;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        reset();
    }

    @Override
    public synchronized void afterAll(ExtensionContext context) {
        classes--;
        if (classes == 0) {
            close();
        }
    }
}
