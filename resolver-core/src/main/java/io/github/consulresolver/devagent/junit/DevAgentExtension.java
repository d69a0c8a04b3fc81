package io.github.consulresolver.devagent.junit;

import io.github.consulresolver.devagent.DevAgent;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives JUnit tests an in-memory Consul agent as a parameter.
 *
 * <pre>{@code
 * @ExtendWith(DevAgentExtension.class)
 * class OrdersClientTest {
 *     @Test
 *     void finds_orders(DevAgent agent) {
 *         agent.register(ServiceRegistration.of("orders", 8081));
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>A test that takes the agent, in its method or in {@code @BeforeEach}, gets one of its own, which is closed after
 * it. A class that takes it in {@code @BeforeAll} or in its constructor has one for all of its tests, which is closed
 * after the last. For another than {@link DevAgent#start()} gives:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final DevAgentExtension consul = DevAgentExtension.with(agent -> agent.datacenter("dc2"));
 * }</pre>
 *
 * <p>Needs the JUnit Jupiter API, 5.8 or newer, which this library does not bring along. Thread-safe.
 */
public final class DevAgentExtension implements ParameterResolver, AfterEachCallback, AfterAllCallback {
    private static final Namespace NAMESPACE = Namespace.create(DevAgentExtension.class);

    private final UnaryOperator<DevAgent.Builder> settings;

    /** For {@code @ExtendWith}: agents as {@link DevAgent#start()} makes them. */
    public DevAgentExtension() {
        this(UnaryOperator.identity());
    }

    private DevAgentExtension(UnaryOperator<DevAgent.Builder> settings) {
        this.settings = settings;
    }

    /**
     * For {@code @RegisterExtension}: agents with these settings.
     *
     * @param settings changes a builder, which it gets once for each agent
     * @return the extension
     */
    public static DevAgentExtension with(UnaryOperator<DevAgent.Builder> settings) {
        return new DevAgentExtension(settings);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == DevAgent.class;
    }

    @Override
    public DevAgent resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        DevAgent running = store.get(DevAgent.class, DevAgent.class);
        if (running != null) {
            return running;
        }
        DevAgent started = settings.apply(DevAgent.builder()).start();
        store.put(DevAgent.class, started);
        return started;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close(context);
    }

    private static void close(ExtensionContext context) {
        DevAgent agent = context.getStore(NAMESPACE).remove(DevAgent.class, DevAgent.class);
        if (agent != null) {
            agent.close();
        }
    }
}
