package io.github.consulresolver.consul;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The agent of one class and version: started before the class, closed after it. */
final class ConsulAgentExtension
        implements BeforeClassTemplateInvocationCallback,
                ParameterResolver,
                BeforeTestExecutionCallback,
                AfterEachCallback,
                AfterClassTemplateInvocationCallback {

    private final Consul consul;
    private final String config;
    private @Nullable ConsulAgent agent;

    ConsulAgentExtension(Consul consul, String config) {
        this.consul = consul;
        this.config = config;
    }

    @Override
    public void beforeClassTemplateInvocation(ExtensionContext context) {
        agent = ConsulAgent.start(consul, config);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == ConsulAgent.class || type == Consul.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Consul.class ? consul : agent();
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
        agent().recover();
    }

    @Override
    public void afterClassTemplateInvocation(ExtensionContext context) {
        if (agent != null) {
            agent.close();
        }
    }

    private ConsulAgent agent() {
        return Objects.requireNonNull(agent);
    }
}
