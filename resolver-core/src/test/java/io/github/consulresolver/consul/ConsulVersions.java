package io.github.consulresolver.consul;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Gives a class one run for each Consul that is there, and skips it where there is none. */
final class ConsulVersions implements ClassTemplateInvocationContextProvider, ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return available(context).isEmpty() && !mustRun()
                ? ConditionEvaluationResult.disabled(ConsulSearch.NOTHING_FOUND)
                : ConditionEvaluationResult.enabled("a Consul is there");
    }

    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<? extends ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
            ExtensionContext context) {
        List<Consul> available = available(context);
        if (available.isEmpty()) {
            throw new IllegalStateException(ConsulSearch.NOTHING_FOUND + " CI=true forbids to skip.");
        }
        WithConsul annotation = context.getRequiredTestClass().getAnnotation(WithConsul.class);
        return available.stream()
                .filter(consul -> consul.version().startsWith(annotation.only()))
                .map(consul -> new Run(consul, annotation.config()));
    }

    /** A class may be about a version that is not there. */
    @Override
    public boolean mayReturnZeroClassTemplateInvocationContexts(ExtensionContext context) {
        return true;
    }

    /** The search, and the line about a search in vain, happen once for all classes. */
    private static List<Consul> available(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(ConsulVersions.class))
                .computeIfAbsent(Available.class, key -> Available.search(), Available.class)
                .consuls();
    }

    private static boolean mustRun() {
        return "true".equals(System.getenv("CI"));
    }

    private record Available(List<Consul> consuls) {

        static Available search() {
            List<Consul> found = new ConsulSearch(System.getenv()).find();
            if (found.isEmpty() && !mustRun()) {
                System.err.println("SKIPPED: every test that needs a real Consul agent. " + ConsulSearch.NOTHING_FOUND);
                ConsulTestLog.skipped(ConsulSearch.NOTHING_FOUND);
            }
            return new Available(found);
        }
    }

    private record Run(Consul consul, String config) implements ClassTemplateInvocationContext {

        @Override
        public String getDisplayName(int invocationIndex) {
            return "Consul " + consul.version();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new ConsulAgentExtension(consul, config));
        }
    }
}
