package io.github.consulresolver.consul;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The agent, or the agents, of one class and version: started when the class first wants them, closed after it. */
final class ConsulAgentExtension
        implements ParameterResolver,
                BeforeTestExecutionCallback,
                AfterEachCallback,
                AfterClassTemplateInvocationCallback {

    private final Consul consul;
    private final String config;
    private @Nullable ConsulAgent agent;
    private @Nullable ConsulCluster cluster;

    ConsulAgentExtension(Consul consul, String config) {
        this.consul = consul;
        this.config = config;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == ConsulAgent.class || type == ConsulCluster.class || type == Consul.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == Consul.class) {
            return consul;
        }
        return type == ConsulAgent.class ? agent() : cluster();
    }

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        String testClass = context.getRequiredTestClass().getName();
        ConsulTestLog.ran(
                consul.version(),
                testClass + "#" + context.getRequiredTestMethod().getName());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (agent != null) {
            agent.recover();
        }
        if (cluster != null) {
            cluster.recover();
        }
    }

    @Override
    public void afterClassTemplateInvocation(ExtensionContext context) {
        if (agent != null) {
            agent.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    private ConsulAgent agent() {
        ConsulAgent started = agent == null ? ConsulAgent.start(consul, config) : agent;
        agent = started;
        return started;
    }

    private ConsulCluster cluster() {
        ConsulCluster started = cluster == null ? ConsulCluster.start(consul) : cluster;
        cluster = started;
        return started;
    }
}
